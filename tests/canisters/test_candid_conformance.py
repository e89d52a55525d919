"""The official conformance suite of Candid, decoded in a canister by the generated codecs.

One canister has a query for each tuple of types in the suite, which returns what it was sent; its
classes are made by `scm bind`'s machinery from the suite's own types.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from attrs import frozen

from scm.binding.bind import BindOptions, bind
from scm.candid.decode import decode
from scm.candid.did import CandidService, print_did
from scm.candid.did_parser import parse_did_document
from scm.candid.encode import encode
from scm.candid.types import (
    EMPTY,
    Func,
    Method,
    Opt,
    Record,
    Ref,
    Service,
    Type,
    TypeEnv,
    Variant,
    Vec,
)
from scm.candid.value_parser import parse_values
from scm.replica.state import Rejected, Replied
from scm.testing.building import install_canister
from scm.testing.candid_suite import Assertion, SuiteFile, read_suite_file

SUITE = Path(__file__).parents[3] / "shared" / "candid"

COMPILER = "optimizing"
pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.skipif(
        not SUITE.is_dir(), reason="the official Candid suite is not beside the repository"
    ),
]

COUNTS = {
    "prim": 165,
    "construct": 147,
    "reference": 49,
    "subtypes": 49,
    "overshoot": 10,
    "spacebomb": 17,
}
"""How many assertions of each file have binary input and types with a face in Python."""

FACELESS = {
    "Opt": "an alias that contains itself is no Python alias; recursion goes through classes",
    "Vec": "an alias that contains itself is no Python alias; recursion goes through classes",
    "EmptyRecord": "scm refuses a record that always contains another of itself",
    "variant {}": "a union of no classes is nothing in Python",
}
"""Types that annotations can't express: assertions about them stay with the host's tests."""

CANISTER = """\
{imports}

from scm import nat, state


@state
class Nothing:
    count: nat = 0
"""


@frozen
class Part:
    """The part of the canister that is for one file: its tuples of types, in order of methods."""

    name: str
    suite: SuiteFile
    tuples: tuple[tuple[Type, ...], ...]

    def assertions(self) -> list[Assertion]:
        """Those with binary input for which there is a method."""
        return [
            item
            for item in self.suite.assertions
            if item.types in self.tuples and isinstance(item.left, bytes)
        ]

    def method(self, types: tuple[Type, ...]) -> str:
        return f"{self.name}_{self.tuples.index(types):03}"


def read_part(name: str) -> Part:
    suite = read_suite_file(SUITE / f"{name}.test.did")
    tuples = dict.fromkeys(item.types for item in suite.assertions)
    expressible = [types for types in tuples if not faceless_in(types, suite.env)]
    return Part(name, suite, tuple(expressible))


def faceless_in(types: Sequence[Type], env: TypeEnv) -> set[str]:
    return (reachable(types, env).keys() | {repr(part) for part in parts_in(types)}) & set(FACELESS)


def parts_in(types: Sequence[Type]) -> list[Type]:
    """The types and all that they are made of, up to names."""
    found: list[Type] = []
    todo = list(types)
    while todo:
        type = todo.pop()
        found.append(type)
        match type:
            case Opt(inner=inner) | Vec(inner=inner):
                todo.append(inner)
            case Record(fields=fields) | Variant(fields=fields):
                todo += [field.type for field in fields]
            case Func(args=args, results=results):
                todo += [*args, *results]
            case Service(methods=methods):
                todo += [method.type for method in methods]
    return found


def reachable(types: Sequence[Type], env: TypeEnv) -> dict[str, Type]:
    definitions: dict[str, Type] = {}
    todo = parts_in(types)
    while todo:
        type = todo.pop()
        if isinstance(type, Ref) and type.name not in definitions:
            definitions[type.name] = env.lookup(type.name)
            todo += parts_in([definitions[type.name]])
    return definitions


def bound_module(part: Part) -> str:
    """The types of a part as `scm bind` writes them, and the methods."""
    definitions = reachable([type for types in part.tuples for type in types], part.suite.env)
    methods: list[Method] = []
    for types in part.tuples:
        # Under names, arguments and results are the same classes.
        names = [f"T{len(methods)}P{index}" for index in range(len(types))]
        definitions |= zip(names, types, strict=True)
        refs = [Ref(name) for name in names]
        methods.append(Method(part.method(types), Func(refs, refs, ["query"])))
    interface = CandidService(Service(methods), TypeEnv(definitions))
    document = parse_did_document(print_did(interface))
    source = bind(document, BindOptions("suite.did", service="Suite"))
    service = ast.parse(source).body[-1]
    assert isinstance(service, ast.ClassDef)
    lines = source.splitlines()[: service.lineno - 1]
    lines.insert(lines.index("from __future__ import annotations") + 1, "from scm import query")
    for declared, types in zip(service.body, part.tuples, strict=True):
        assert isinstance(declared, ast.AnnAssign)
        lines += method_lines(declared, types)
    return "\n".join(lines) + "\n"


def method_lines(declared: ast.AnnAssign, types: tuple[Type, ...]) -> list[str]:
    name, annotation = ast.unparse(declared.target), declared.annotation
    assert isinstance(annotation, ast.Subscript)
    assert isinstance(annotation.slice, ast.Tuple)
    arguments, result = annotation.slice.elts
    assert isinstance(arguments, ast.List)
    names = [f"a{index}" for index in range(len(types))]
    parameters = [
        f"{name}: {ast.unparse(part)}" for name, part in zip(names, arguments.elts, strict=True)
    ]
    # There is no value to call the method with, nor to return.
    body = "raise RuntimeError" if types == (EMPTY,) else f"return {', '.join(names)}"
    head = f"def {name}({', '.join(parameters)}) -> {ast.unparse(result)}:"
    return ["", "", "@query", head, f"    {body}"]


PARTS = {name: read_part(name) for name in COUNTS} if SUITE.is_dir() else {}


@pytest.fixture(scope="module")
def wasm(build_canister, tmp_path_factory):
    folder = tmp_path_factory.mktemp("projects") / "conformance"
    folder.mkdir()
    for name, part in PARTS.items():
        (folder / f"{name}.py").write_text(bound_module(part))
    imports = "\n".join(f"import {name} as {name}" for name in PARTS)
    (folder / "canister.py").write_text(CANISTER.format(imports=imports))
    return build_canister(folder)


class RefusedError(Exception):
    """The canister refused an input, for a reason of Candid's."""


class Decoder:
    """Has the canister decode the inputs of a file."""

    def __init__(self, replica, wasm: bytes, part: Part) -> None:
        self._replica = replica
        self._canister = install_canister(replica, wasm)
        self._part = part

    def values(self, source: bytes | str, types: tuple[Type, ...]) -> tuple[object, ...]:
        """What the canister returns for an input."""
        env = self._part.suite.env
        if isinstance(source, str):
            source = encode(types, parse_values(source, types, env), env)
        method = self._part.method(types)
        outcome = self._replica.query(self._canister.canister_id, method, source)
        if isinstance(outcome, Rejected):
            assert re.search(r"\b(DecodeError|CoercionError): ", outcome.message), outcome
            raise RefusedError(outcome.message)
        assert isinstance(outcome, Replied)
        values = decode(outcome.data, types, env)
        # By their text, as NaN equals nothing: the host must read the same.
        assert repr(values) == repr(decode(source, types, env))
        return values

    def holds(self, assertion: Assertion) -> bool:
        """Whether an assertion is true; inputs that are compared must decode, both of them."""
        try:
            left = right = self.values(assertion.left, assertion.types)
            if assertion.right is not None:
                right = self.values(assertion.right, assertion.types)
        except RefusedError:
            return assertion.relation == "!:"
        match assertion.relation:
            case ":":
                return True
            case "!:":
                return False
            case "==":
                return left == right
            case "!=":
                return left != right


@pytest.mark.parametrize("name", COUNTS)
def test_assertions_of_the_official_suite_hold_in_a_canister(name, wasm, replica, capsys):
    part = PARTS[name]
    decoder = Decoder(replica, wasm, part)
    assertions = part.assertions()
    failed = [item for item in assertions if not decoder.holds(item)]

    with capsys.disabled():
        print(f" {name}: {len(assertions)} assertions in a canister, {len(failed)} failed ", end="")
    assert failed == []
    assert len(assertions) == COUNTS[name]


def test_only_types_without_a_face_are_left_out():
    left_out = set[str]()
    for part in PARTS.values():
        for item in part.suite.assertions:
            if isinstance(item.left, bytes) and item.types not in part.tuples:
                left_out |= faceless_in(item.types, part.suite.env)
    assert left_out == set(FACELESS)
    assert sum(COUNTS.values()) > 400
