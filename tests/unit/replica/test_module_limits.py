"""Every number that limits a module: the last one that is fine, and the first that is not.

Interface Spec, "WebAssembly module requirements"; Resource limits.  What would take seconds to
compile at its limit is only checked, not installed.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest

from scm.leb128 import write_unsigned
from scm.replica.errors import InstallError, InvalidModule
from scm.replica.module_checks import WASM_BYTES_MAX, load_module
from scm.replica.module_limits import check_code, check_declarations
from scm.replica.replica import Replica
from scm.replica.state import Replied
from scm.testing.wat import WatCanister
from scm.wasm.custom import custom_section
from scm.wasm.engine import text_to_wasm
from scm.wasm.module import Module, SectionId, encode_module, parse_module

NOP, CALL, END = b"\x01", b"\x10\x00", b"\x0b"
MIB = 1024 * 1024


def wat(fields: str) -> bytes:
    return text_to_wasm(f"(module {fields})")


def functions(count: int) -> bytes:
    return wat("(func)" * count)


def globals_(count: int) -> bytes:
    return wat("(global i32 (i32.const 0))" * count)


def methods(count: int) -> bytes:
    kinds = ("update", "query", "composite_query")
    return wat("".join(f'(func (export "canister_{kinds[i % 3]} {i}"))' for i in range(count)))


def method_names(size_bytes: int) -> bytes:
    # Letters of two bytes: bytes count, not letters.
    accents = "\u00e9" * 5000
    return wat(
        f'(func (export "canister_query {accents}"))'
        f'(func (export "canister_update {"y" * (size_bytes - 10_000)}"))'
    )


def icp_sections(count: int) -> bytes:
    # Others are not counted.
    others = '(@custom "other" "")' * 5
    return wat(others + "".join(f'(@custom "icp:public {i}" "")' for i in range(count)))


def icp_bytes(size_bytes: int) -> bytes:
    sections = [
        custom_section("icp:public abcd", bytes(1000)),
        custom_section("icp:private efgh", bytes(size_bytes - 1008)),
    ]
    return encode_module(Module(()).appending(sections))


def tables(count: int) -> bytes:
    return wat("(table 1 funcref)" * count)


def table_elements(count: int) -> bytes:
    return wat(f"(table {count} funcref)")


def pages_32(count: int) -> bytes:
    return wat(f"(memory {count})")


def pages_64(count: int) -> bytes:
    return wat(f"(memory i64 {count})")


def local_variables(count: int) -> bytes:
    return with_bodies(b"\x01" + write_unsigned(count) + b"\x7f" + END)


def parameters(count: int) -> bytes:
    return wat(f"(func (param {'i32 ' * count}))")


def with_bodies(*bodies: bytes) -> bytes:
    """A module of functions `() -> ()`; each body with its local variables and its `end`."""
    module = parse_module(wat("(func)" * len(bodies)))
    code = b"".join(write_unsigned(len(body)) + body for body in bodies)
    module = module.with_section(SectionId.CODE, write_unsigned(len(bodies)) + code)
    return encode_module(module)


INSTALLED = [
    (globals_, 1_000, "1001 globals"),
    (methods, 1_000, "1001 methods"),
    (method_names, 20_000, "names of 20001 bytes"),
    (icp_sections, 16, "17 custom sections"),
    (icp_bytes, MIB, "of 1048577 bytes"),
    (tables, 1, "2 tables"),
    (table_elements, 1_000_000, "1000001 elements"),
    (pages_32, 65_536, "memory size must be at most"),
    (pages_64, 98_304, "the memory has 98305 pages"),
    # Of the engine, as on the platform.
    (local_variables, 50_000, "too many locals"),
    (parameters, 1_000, "params size is out of bounds"),
]


@pytest.mark.parametrize(
    ("make", "maximum", "reason"), INSTALLED, ids=[make.__name__ for make, _, _ in INSTALLED]
)
def test_last_number_is_fine_and_the_next_is_not(
    make: Callable[[int], bytes], maximum: int, reason: str
) -> None:
    replica = Replica()
    canister_id = replica.create_canister()
    with pytest.raises(InstallError) as caught:
        replica.install(canister_id, make(maximum + 1))
    assert caught.value.error_code == "IC0505"
    assert reason in caught.value.message
    replica.install(canister_id, make(maximum))


# Sizes of code.


def code_of(size_bytes: int) -> bytes:
    """A code section of that size: functions of 999,000 bytes, and one for the rest."""
    full = b"\x00" + NOP * 998_998 + END
    count = size_bytes // 1_000_000
    # A count, a size of three bytes for each function, and of three for the last.
    rest = size_bytes - 1 - count * (3 + len(full)) - 3
    return with_bodies(*[full] * count, b"\x00" + NOP * (rest - 2) + END)


def test_number_of_functions_is_limited() -> None:
    check_declarations(parse_module(functions(50_000)))
    with pytest.raises(InvalidModule, match="50001 functions"):
        load_module(functions(50_001), None)


@pytest.mark.parametrize(
    ("make", "maximum", "reason"),
    [
        (code_of, 10 * MIB, "code section size of 10485761"),
        # The `end` counts too.
        (lambda n: with_bodies(b"\x00" + NOP * (n - 1) + END), 1_000_000, "of size 1000001"),
        (
            lambda n: with_bodies(
                b"\x00" + END, b"\x00" + CALL * ((n - 1) // 50) + NOP * ((n - 1) % 50) + END
            ),
            1_000_000,
            "index 1 with complexity 1000001",
        ),
    ],
    ids=["code_section", "function_instructions", "function_complexity"],
)
def test_code_is_limited(make: Callable[[int], bytes], maximum: int, reason: str) -> None:
    fine = parse_module(make(maximum))
    check_code(fine)
    with pytest.raises(InvalidModule, match=reason):
        load_module(make(maximum + 1), None)


# Sizes of the whole.


def padded(size_bytes: int) -> bytes:
    """A good module, made that large by a custom section."""
    canister = WatCanister()
    canister.query("ping", canister.reply("pong"))
    module = canister.build()
    # A section has a header of five bytes, and a name of two.
    padding = custom_section("x", bytes(size_bytes - len(module) - 7))
    padded = encode_module(parse_module(module).appending([padding]))
    assert len(padded) == size_bytes
    return padded


def test_module_has_at_most_100_mib() -> None:
    replica = Replica()
    canister_id = replica.create_canister()
    with pytest.raises(InstallError, match="104857601 bytes are over the limit"):
        replica.install(canister_id, padded(WASM_BYTES_MAX + 1))
    replica.install(canister_id, padded(WASM_BYTES_MAX))
    assert replica.query(canister_id, "ping") == Replied(b"pong")
    # The largest modules would stay in memory for as long as the tests run.
    load_module.cache_clear()


def test_module_has_at_most_100_mib_when_unpacked() -> None:
    replica = Replica()
    canister_id = replica.create_canister()
    with pytest.raises(InstallError, match="too short or too large"):
        replica.install(canister_id, gzip.compress(bytes(WASM_BYTES_MAX + 1), 1))
    replica.install(canister_id, gzip.compress(padded(WASM_BYTES_MAX), 1))
    assert replica.query(canister_id, "ping") == Replied(b"pong")
    load_module.cache_clear()
