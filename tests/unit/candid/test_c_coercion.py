"""The canister's coercion, which is C, does the same as `scm.candid.transcode`, byte for byte.

Built for this machine with zig, its undefined behaviour checked, and called through ctypes.
"""

from __future__ import annotations

import ctypes
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from scm.candid import encode, parse_types
from scm.candid.errors import CoercionError, DecodeError
from scm.candid.subtype import SubtypeChecker
from scm.candid.table import (
    TypeTable,
    encode_header,
    parse_header,
    table_from_types,
    write_header,
)
from scm.candid.transcode import transcode_values
from scm.candid.types import (
    NAT,
    NO_NAMES,
    TEXT,
    Field,
    Func,
    Opt,
    Record,
    Type,
    TypeEnv,
    field_hash,
)
from scm.candid.values import FuncValue
from scm.model import Principal
from scm.testing.candid_suite import read_suite_file
from scm.testing.strategies import candid_envs, candid_types, candid_values

pytestmark = pytest.mark.toolchain

ROOT: Final = Path(__file__).parents[3]
RUNTIME: Final = ROOT / "framework" / "scm" / "runtime" / "c"
CASES: Final = ROOT / "tests" / "cases" / "candid"
SUITE: Final = ROOT.parent / "shared" / "candid"
SOURCES: Final = (
    *(RUNTIME / f"candid_{part}.c" for part in ("error", "table", "subtype", "layout", "coerce")),
    CASES / "coerce_shim.c",
)
FLAGS: Final = ("-O2", "-Wall", "-Wextra", "-Werror", "-fsanitize=undefined")

WORK: Final = 100_000
"""Units for Python; C has a hundred times as many, as it weighs values and types by their cost."""

OK, MISFIT, FAIL = range(3)
TOO_MUCH: Final = ("too much work", "more work than")


class Buffer(ctypes.Structure):
    _fields_ = (
        ("bytes", ctypes.POINTER(ctypes.c_uint8)),
        ("size", ctypes.c_uint32),
        ("capacity", ctypes.c_uint32),
    )


class Error(ctypes.Structure):
    _fields_ = (
        ("offset", ctypes.c_uint32),
        ("text", ctypes.c_char_p),
        ("path", ctypes.c_char_p),
        ("path_bytes", ctypes.c_char * 256),
        ("is_path_full", ctypes.c_int),
        ("expected", ctypes.c_char * 48),
        ("got", ctypes.c_char * 48),
    )


@frozen
class Verdict:
    """What became of a message: the values as bytes, or why not and where."""

    status: int
    values: bytes = b""
    offset: int = 0
    path: str = ""
    text: str = ""


class Library:
    """The C code, loaded."""

    def __init__(self, path: Path) -> None:
        self._c: Final = ctypes.CDLL(str(path))

    def values_at(self, message: bytes, header: bytes) -> int:
        """Where the values start that need no rewriting; 0 if they need it."""
        at: int = self._c.shim_values_at(
            *(message, len(message), header, len(header), ctypes.byref(Error()))
        )
        return at

    @contextmanager
    def knowing(self, name: str) -> Iterator[None]:
        """Messages tell the field `name`; no other has a name here."""
        text = name.encode()
        self._c.shim_know(ctypes.c_uint32(field_hash(name)), text)
        yield
        self._c.shim_know(0, None)

    def coerce(self, message: bytes, header: bytes, work: int = 100 * WORK) -> Verdict:
        out, error = Buffer(), Error()
        status = self._c.shim_coerce(
            *(message, len(message), header, len(header), work, 0),
            *(ctypes.byref(out), ctypes.byref(error)),
        )
        values = ctypes.string_at(out.bytes, out.size) if out.size else b""
        self._c.shim_free(ctypes.byref(out))
        if status == OK:
            return Verdict(OK, values)
        return Verdict(status, b"", error.offset, error.path.decode(), error.text.decode())


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    target = tmp_path_factory.mktemp("native") / "candid.so"
    command = [sys.executable, "-m", "ziglang", "cc", "-shared", "-fPIC", *FLAGS, f"-I{RUNTIME}"]
    subprocess.run([*command, *map(str, SOURCES), "-o", str(target)], check=True)
    return Library(target)


def coerce_in_python(message: bytes, header: bytes) -> Verdict:
    expected, _ = parse_header(header)
    try:
        return Verdict(OK, transcode_values(message, expected, WORK))
    except CoercionError as error:
        return Verdict(MISFIT, b"", error.offset, error.path, error.message)
    except DecodeError as error:
        return Verdict(FAIL, b"", error.offset, error.path, error.message)


def check(library: Library, message: bytes, header: bytes) -> Verdict:
    """Assert that both ways agree; returns the verdict."""
    python, c = coerce_in_python(message, header), library.coerce(message, header)
    if any(words in python.text for words in TOO_MUCH):
        # C may come to an end with its hundred times as much, in whatever way.
        return python
    assert (c.status, c.values) == (python.status, python.values), (c, python)
    assert c.offset == python.offset, (c, python)
    # A path that is too long has lost its beginning.
    is_cut = c.path.startswith("...") and python.path.endswith(c.path[3:])
    assert is_cut or c.path == python.path, (c, python)
    values_at = library.values_at(message, header)
    if values_at and c.status == OK:
        assert c.values == message[values_at:]
    return python


@frozen
class Sample:
    """A message, and types to read it at: those of the message or others."""

    message: bytes
    expected: tuple[Type, ...]
    env: TypeEnv

    @property
    def header(self) -> bytes:
        return encode_header(self.expected, self.env)


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    env = draw(candid_envs())
    types = draw(st.lists(candid_types(env), min_size=1, max_size=3))
    values = [draw(candid_values(type, env)) for type in types]
    message = encode(types, values, env)
    others = st.lists(candid_types(env), max_size=3)
    expected = draw(st.one_of(st.just(types), st.just(supertypes(types)), others))
    return Sample(message, tuple(expected), env)


def supertypes(types: Sequence[Type]) -> list[Type]:
    """Types that messages of `types` fit: with opts, fewer fields, and one argument more."""
    changed: list[Type] = []
    for type in types:
        if isinstance(type, Record) and type.declared:
            changed.append(Record(type.declared[1:]))
        else:
            changed.append(Opt(type))
    return [*changed, Opt(NAT)]


def renumbered(message: bytes) -> bytes:
    """The same message as from a sender that builds its type table the other way round."""
    table, values_at = parse_header(message)
    last = len(table.entries) - 1

    def moved(refs: list[int]) -> list[int]:
        return [last - ref if ref >= 0 else ref for ref in refs]

    for entry in table.entries:
        entry.refs, entry.results = moved(entry.refs), moved(entry.results)
    header = write_header(TypeTable(table.entries[::-1], moved(table.args)))
    return header + message[values_at:]


edits = st.lists(
    st.tuples(
        st.integers(0, 300),
        st.one_of(st.sampled_from([0, 1, 2, 0x7F, 0x80, 0xFF]), st.integers(0, 255)),
        st.sampled_from(["set", "insert", "delete"]),
    ),
    min_size=1,
    max_size=3,
)


def edited(message: bytes, changes: Sequence[tuple[int, int, str]]) -> bytes:
    result = bytearray(message)
    for place, byte, kind in changes:
        at = 4 + place % max(len(message) - 4, 1)
        result[at : at + (kind != "insert")] = b"" if kind == "delete" else bytes([byte])
    return bytes(result)


@given(sample=samples())
def test_messages_get_the_same_values(library: Library, sample: Sample) -> None:
    check(library, sample.message, sample.header)


@given(sample=samples())
def test_other_numbers_of_the_same_types_need_no_rewriting(
    library: Library, sample: Sample
) -> None:
    header = sample.message[: parse_header(sample.message)[1]]
    message = renumbered(sample.message)
    at = library.values_at(message, header)
    assert message[at:] == sample.message[len(header) :]
    assert check(library, message, header).status == OK


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("(nat)", "(int)"),
        ("(nat, nat)", "(nat)"),
        ("(vec nat)", "(opt nat)"),
        ("(vec nat)", "(vec nat8)"),
        ("(record { a : nat })", "(record { b : nat })"),
        ("(record { a : nat })", "(variant { a : nat })"),
        ("(record { a : nat })", "(record { a : nat; b : opt nat })"),
        ("(func (nat) -> ())", "(func () -> (nat))"),
        ("(func () -> () query)", "(func () -> ())"),
        ("(service { a : () -> () })", "(service { b : () -> () })"),
        ("(service { a : () -> () })", "(service { a : () -> () query })"),
        ("(record { vec nat; vec int })", "(record { vec nat; vec nat })"),
        ("(record { vec nat; vec nat })", "(record { vec nat; vec int })"),
    ],
)
def test_other_types_need_rewriting(library: Library, sent: str, expected: str) -> None:
    assert library.values_at(header_of(sent), header_of(expected)) == 0
    assert library.values_at(header_of(sent), header_of(sent)) > 0


def header_of(text: str) -> bytes:
    return encode_header(*parse_types(text))


@given(sample=samples(), changes=edits)
def test_mutated_messages_get_the_same_verdict(
    library: Library, sample: Sample, changes: list[tuple[int, int, str]]
) -> None:
    check(library, edited(sample.message, changes), sample.header)


@given(first=samples(), second=samples())
def test_messages_of_other_types_get_the_same_verdict(
    library: Library, first: Sample, second: Sample
) -> None:
    check(library, first.message, second.header)


@pytest.mark.skipif(
    not SUITE.is_dir(), reason="the official Candid suite is not beside the repository"
)
def test_official_suite_gets_the_same_verdict(library: Library) -> None:
    checked = 0
    for path in sorted(SUITE.glob("*.test.did")):
        suite = read_suite_file(path)
        for item in suite.assertions:
            header = encode_header(item.types, suite.env)
            for source in (item.left, item.right):
                if isinstance(source, bytes):
                    verdict = check(library, source, header)
                    assert (verdict.status == OK) == (item.relation != "!:"), item
                    checked += 1
    assert checked > 450


def test_subtypes_get_the_same_verdict(library: Library) -> None:
    # As the official suite tests it: a func of one type at a func of another.
    lines = (CASES / "subtyping.txt").read_text(encoding="utf-8").splitlines()
    _, env = parse_types("".join(line for line in lines if line.startswith("type ")) + " ()")
    checked = 0
    for line in lines:
        if not (case := re.fullmatch(r"([^#].*?) (!<:|<:\?|<:) (.+?)  -- .+", line)):
            continue
        sub, super = (
            Func([], parse_types(text if text.startswith("(") else f"({text})", env)[0])
            for text in case.group(1, 3)
        )
        message = encode([sub], [FuncValue(Principal(b"\x01"), "m")], env)
        verdict = check(library, message, encode_header([super], env))
        holds = case[2] != "!<:"
        assert verdict.status == (OK if holds else MISFIT), line
        checker = SubtypeChecker(
            table_from_types([sub], env), table_from_types([super], env), strict=False
        )
        assert holds == (checker.explain_args() == ""), line
        checked += 1
    assert checked == 323


@pytest.mark.parametrize(
    ("message", "types"),
    [
        ("4449444c00017df48180808000", "(int)"),  # A nat in more bytes than it takes,
        ("4449444c00017dc080808000", "(int)"),  # one whose sign bit is set,
        ("4449444c00017da6a79a", "(int)"),  # and one that is cut off.
        ("4449444c016d6801008094ebdc03" + "0100" * 9, "(vec principal)"),
        ("4449444c0369010280ffffffffffffffffff7f", "()"),  # A length beyond 64 bits.
    ],
)
def test_what_once_differed(library: Library, message: str, types: str) -> None:
    parsed, env = parse_types(types)
    check(library, bytes.fromhex(message), encode_header(parsed, env))


def test_work_is_bounded(library: Library) -> None:
    bomb = bytes.fromhex("4449444c016d7f01008094ebdc03")  # `vec null`, a billion of them
    verdict = library.coerce(bomb, encode_header([Opt(NAT)]), 10_000)
    assert (verdict.status, verdict.path) == (FAIL, "arg0")
    assert verdict.text == "decoding takes more work than a message of this size may cost"


@pytest.mark.parametrize("length", range(36, 42))
@pytest.mark.parametrize("start", ["", "x", "xy", "xyz"])
def test_long_name_is_cut_between_letters(library: Library, length: int, start: str) -> None:
    name = start + "é" * length
    message = encode([Record([Field(name, TEXT)])], [{name: "no number"}])
    header = encode_header([Record([Field(name, NAT)])], NO_NAMES)
    with library.knowing(name):
        verdict = library.coerce(message, header)
    assert verdict.status == MISFIT
    shown = verdict.path.removeprefix("arg0.")
    assert name.startswith(shown)
    assert len(shown.encode()) >= min(len(name.encode()), 77)
