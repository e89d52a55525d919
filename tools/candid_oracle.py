"""Compare scm's Candid with the JavaScript libraries of the Internet Computer, case by case.

Each case has random types, recursive ones too, values, and supertypes.  Both sides encode the
values and decode each other's bytes, at the types and at the supertypes; scm alone must also get
the values that Candid's rules give at the supertypes.  What a peer is known to do otherwise has a
note (`DIFFERENCES`); any other disagreement is an error.  Run it as `tools/candid_oracle`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Final

from attrs import frozen
from tools.candid_cases import CaseMaker
from tools.candid_neutral import Json, has_part, type_to_json, value_to_json
from tools.candid_supertypes import SupertypeMaker

from scm.candid import DecodeError, Type, TypeEnv, decode, encode, parse_values
from scm.candid.errors import CandidSyntaxError
from scm.candid.table import encode_header, parse_header
from scm.candid.text import is_identifier
from scm.candid.transcode import transcode
from scm.candid.types import Record, Variant
from scm.candid.values import FuncValue

PEERS: Final = {"dfinity": "@dfinity/candid", "icp-sdk": "@icp-sdk/core"}

DIFFERENCES: Final = {
    "nat-at-int": "a nat on the wire is refused where an int is expected (null inside an opt), "
    "as primitive types are compared by name; Candid has nat <: int",
    "opt-of-null": "a value that is no opt becomes null at an opt of opt, null or reserved (or is "
    "refused, if it is composite); since 0.1.8 it becomes an opt of itself",
    "missing-argument": "fewer arguments than expected are refused; Candid takes null for them",
    "missing-null": "a missing field of type null is refused; Candid takes null for it",
    "missing-reserved": "a missing field of type reserved becomes `[]`, not null",
    "service-at-principal": "a service reference is refused where a principal is expected; Candid "
    "has service <: principal since 0.1.8",
    "wider-tuple": "a tuple is refused where a longer one is expected, though what is missing may "
    "be null",
    "record-at-tuple": "a record with other fields besides 0, 1, 2 ... is refused where a tuple is "
    "expected",
    "byte-order-mark": "the first character of a text is lost if it is U+FEFF, which `TextDecoder` "
    "takes for a byte order mark",
}
"""What the peers do otherwise, and what is right."""

_CHUNK: Final = 1_000


@frozen
class Case:
    """One comparison; `coerced` are the values at `supertypes`."""

    number: int
    env: TypeEnv
    types: list[Type]
    values: list[object]
    supertypes: list[Type]
    coerced: list[object]
    notes: frozenset[str]
    message: bytes

    def question(self) -> Json:
        """The case for the peer."""
        definitions: dict[str, Json] = {
            name: type_to_json(self.env.lookup(name)) for name in self.env.names()
        }
        return {
            "names": definitions,
            "types": [type_to_json(type) for type in self.types],
            "values": self.values_at(self.values, self.types),
            "supertypes": [type_to_json(type) for type in self.supertypes],
            "message": self.message.hex(),
        }

    def values_at(self, values: list[object], types: list[Type]) -> Json:
        """Values of an argument tuple as JSON."""
        pairs = zip(values, types, strict=True)
        return [value_to_json(value, type, self.env) for value, type in pairs]


def make_case(seed: int, number: int) -> Case:
    """The case of a number; half of the cases have nothing in them that peers take otherwise."""
    random = Random(f"{seed}/{number}")
    maker = CaseMaker(random)
    types = [maker.type() for _ in range(random.randint(1, 3))]
    values = [maker.value(type) for type in types]
    supertypes = SupertypeMaker(random, maker.env, plain=number % 2 == 0)
    expected, coercions = supertypes.arguments(types)
    padded = values + [None] * (len(expected) - len(values))
    coerced = [coerce(value) for coerce, value in zip(coercions, padded, strict=False)]
    notes = set(supertypes.notes)
    if any(
        has_part(value, type, maker.env, lambda part, _: str(part).startswith("\ufeff"))
        for value, type in zip(values, types, strict=True)
    ):
        notes.add("byte-order-mark")
    message = encode(types, values, maker.env)
    return Case(number, maker.env, types, values, expected, coerced, frozenset(notes), message)


class Comparison:
    """Counts of one run against one peer, and its errors."""

    def __init__(self) -> None:
        self.agreed: Final[Counter[str]] = Counter()
        self.differed: Final[Counter[str]] = Counter()
        self.errors: Final[list[str]] = []

    def check(self, case: Case, answer: dict[str, dict[str, Json]]) -> None:
        """Compare one answer of the peer."""
        own = self._decode_own(case, case.message)
        self._note(case, "values at the types", own == case.values_at(case.values, case.types), own)
        encoded = answer["encoded"].get("value")
        if not isinstance(encoded, str):
            self._note(case, "the peer encodes the values", False, answer["encoded"])
            return
        self._check_bytes(case, bytes.fromhex(encoded))
        wanted = case.values_at(case.values, case.types)
        decoded = answer["decoded"]
        self._compare(case, "the peer decodes our bytes", decoded, wanted)
        wanted = case.values_at(case.coerced, case.supertypes)
        self._compare(case, "the peer decodes at supertypes", answer["coerced"], wanted)
        for message in (case.message, bytes.fromhex(encoded)):
            result = self._decode_own(case, message, coerced=True)
            self._note(case, "we decode at supertypes", result == wanted, result)
        if _has_plain_text(case):
            self._check_text(case, answer["text"])

    def _decode_own(self, case: Case, message: bytes, *, coerced: bool = False) -> Json:
        types = case.supertypes if coerced else case.types
        try:
            return case.values_at(list(decode(message, types, case.env)), types)
        except DecodeError as error:
            return {"error": str(error)}

    def _check_bytes(self, case: Case, theirs: bytes) -> None:
        """Tables may be in any order; the bytes of the values may not."""
        header = encode_header(case.types, case.env)
        _, start = parse_header(theirs)
        same = theirs[start:] == case.message[len(header) :]
        self._note(case, "the values have the same bytes", same, theirs.hex())
        wanted = case.values_at(case.values, case.types)
        decoded = self._decode_own(case, theirs)
        self._note(case, "we decode the peer's bytes", decoded == wanted, decoded)
        rewritten = transcode(theirs, header)
        same = rewritten == case.message
        self._note(case, "rewritten bytes are ours", same, rewritten.hex())

    def _check_text(self, case: Case, text: dict[str, Json]) -> None:
        try:
            parsed = parse_values(str(text.get("value")), case.types, case.env)
        except CandidSyntaxError as error:
            self._note(case, "we read the peer's text", False, f"{text}: {error}")
            return
        read = case.values_at(list(parsed), case.types)
        same = read == case.values_at(case.values, case.types)
        self._note(case, "we read the peer's text", same, text)

    def _compare(self, case: Case, what: str, answer: dict[str, Json], wanted: Json) -> None:
        if answer.get("value", answer) != wanted and case.notes:
            self.differed[" + ".join(sorted(case.notes))] += 1
        else:
            self._note(case, what, answer.get("value", answer) == wanted, answer)

    def _note(self, case: Case, what: str, agreed: bool, got: object) -> None:
        if agreed:
            self.agreed[what] += 1
            return
        self.errors.append(
            f"case {case.number}: not so: {what}\n"
            f"  names      {case.env!r}\n"
            f"  types      {case.types!r}\n  values     {case.values!r:.500}\n"
            f"  supertypes {case.supertypes!r}\n  coerced    {case.coerced!r:.500}\n"
            f"  message    {case.message.hex()}\n  got        {got!r:.500}"
        )


def _has_plain_text(case: Case) -> bool:
    """Whether the peers' texts are Candid: they quote no names, escape nothing, show ids as `_5_`.

    Numbers are all there but NaN, infinity and the sign of zero.
    """

    def is_odd(value: object, type: Type) -> bool:
        match value:
            case float():
                return str(value) in ("inf", "-inf", "-0.0")
            case str():
                return (
                    not value.isascii() or not value.isprintable() or bool(set(value) & set('"\\'))
                )
            case FuncValue():
                return not is_identifier(value.method)
        if not isinstance(type, Record | Variant) or (isinstance(type, Record) and type.arity):
            return False
        return not all(is_identifier(field.name) for field in type.fields)

    pairs = zip(case.values, case.types, strict=True)
    return not any(has_part(value, type, case.env, is_odd) for value, type in pairs)


def ask(folder: Path, peer: str, cases: list[Case]) -> Iterator[dict[str, dict[str, Json]]]:
    """The peer's answers, in the order of the cases."""
    questions = "".join(f"{json.dumps(case.question())}\n" for case in cases)
    command = ["node", str(folder / "peer.mjs"), peer]
    done = subprocess.run(command, input=questions, capture_output=True, text=True, check=False)
    answers = done.stdout.splitlines()
    if done.returncode or len(answers) != len(cases):
        raise SystemExit(f"the peer failed with status {done.returncode}:\n{done.stderr[-2000:]}")
    for answer in answers:
        yield json.loads(answer)


def version_of(folder: Path, peer: str) -> str:
    """The installed version of a peer."""
    package = folder / "node_modules" / PEERS[peer] / "package.json"
    return str(json.loads(package.read_text(encoding="utf-8"))["version"])


def run(folder: Path, peer: str, seed: int, count: int) -> bool:
    """Compare, print a summary; tells whether all is well."""
    comparison = Comparison()
    noted: Counter[str] = Counter()
    numbers = iter(range(count))
    while chunk := list(islice(numbers, _CHUNK)):
        cases = [make_case(seed, number) for number in chunk]
        for case, answer in zip(cases, ask(folder, peer, cases), strict=True):
            noted[" + ".join(sorted(case.notes))] += 1
            comparison.check(case, answer)
    print(f"{PEERS[peer]} {version_of(folder, peer)}, seed {seed}: {count:,} cases")
    for what, number in sorted(comparison.agreed.items()):
        print(f"  {number:8,}  {what}")
    for note, number in sorted(comparison.differed.items()):
        print(f"  {number:8,}  known difference: {note}, in {noted[note]:,} cases")
    print(f"  {len(comparison.errors):8,}  disagreements")
    for error in comparison.errors[:5]:
        print(error)
    return not comparison.errors


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools/candid_oracle", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the peers are installed")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--peer", choices=[*PEERS], action="append")
    parser.add_argument("--differences", action="store_true", help="list the known differences")
    options = parser.parse_args()
    if options.differences:
        for note, reason in DIFFERENCES.items():
            print(f"{note}: {reason}")
        return 0
    results = [
        run(options.folder, peer, options.seed, options.count) for peer in options.peer or PEERS
    ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
