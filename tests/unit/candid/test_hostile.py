"""Messages made to hurt: work, depth and memory stay in proportion to the message."""

import time
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scm.candid.decode import decode, decode_untyped
from scm.candid.encode import encode
from scm.candid.errors import DecodeError
from scm.candid.subtype import explain_headers
from scm.candid.table import parse_header
from scm.candid.transcode import transcode
from scm.candid.types import (
    BOOL,
    INT,
    NAT,
    NULL,
    RESERVED,
    TEXT,
    Field,
    Func,
    Opt,
    Record,
    Ref,
    Type,
    TypeEnv,
    Vec,
    tuple_record,
)
from scm.leb128 import write_unsigned

ENV = TypeEnv(
    {
        "Loop": Record([Field("", Ref("Loop"), 0)]),
        "Opts": Opt(Ref("Opts")),
        "Tree": Vec(Ref("Tree")),
        "Chain": Opt(Record([Field("next", Ref("Chain")), Field("x", BOOL)])),
        "Other": Opt(Record([Field("next", Ref("Other")), Field("x", TEXT)])),
    }
)
BILLION = write_unsigned(10**9)
MILLION = write_unsigned(10**6)


def error_of(decoder: Callable[[bytes], object], raw: bytes) -> DecodeError | None:
    try:
        decoder(raw)
    except DecodeError as error:
        return error
    return None


def message(hexadecimal: str, values: bytes = b"") -> bytes:
    return b"DIDL" + bytes.fromhex(hexadecimal) + values


@pytest.mark.parametrize("type", [Vec(RESERVED), RESERVED, Opt(NAT), Vec(Opt(NAT))])
@pytest.mark.parametrize(
    "bomb",
    [
        message("01 6d7f 0100", BILLION),
        message("01 6d70 0100", BILLION),
        message("02 6d01 6c00 0100", MILLION),
        message("02 6d01 6d7f 0100", b"\x02" + MILLION * 2),
    ],
)
def test_values_without_bytes_are_metered(bomb: bytes, type: Type) -> None:
    tracemalloc.start()
    with pytest.raises(DecodeError, match="more work"):
        decode(bomb, [type])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 20_000_000


def test_the_work_budget_is_the_caller_s_choice() -> None:
    thousand = message("01 6d7f 0100", write_unsigned(1000))

    assert decode(thousand, [Vec(NULL)], work=1100) == ([None] * 1000,)
    with pytest.raises(DecodeError, match="more work"):
        decode(thousand, [Vec(NULL)], work=900)
    with pytest.raises(DecodeError, match="more work"):
        decode_untyped(thousand, work=900)


def test_endless_records_end() -> None:
    with pytest.raises(DecodeError, match="nest deeper"):
        decode(message("01 6c010000 0100"), [Ref("Loop")], ENV)
    with pytest.raises(DecodeError, match="nest deeper"):
        decode(message("00 017e", b"\1"), [Ref("Opts")], ENV)


def test_depth_is_bounded_on_every_way() -> None:
    deep = message("01 6d00 0100", b"\1" * 100_000)

    for types in ([Ref("Tree")], [], [RESERVED], [Opt(NAT)]):
        with pytest.raises(DecodeError, match="nest deeper"):
            decode(deep, types, ENV)


def test_a_chain_as_deep_as_allowed_decodes() -> None:
    value: object = None
    for _ in range(120):
        value = {"next": value, "x": True}
    sent = encode([Ref("Chain")], [value], ENV)

    assert decode(sent, [Ref("Chain")], ENV) == (value,)


def test_failing_opts_inside_each_other_stay_within_budget() -> None:
    value: object = None
    for _ in range(120):
        value = {"next": value, "x": True}
    sent = encode([Vec(Ref("Chain"))], [[value] * 20], ENV)

    assert decode(sent, [Vec(Ref("Other"))], ENV) == ([None] * 20,)


def test_a_long_number_reread_by_failing_opts_is_paid_each_time() -> None:
    depth = 100
    nested: Type = NAT
    for _ in range(depth):
        nested = Opt(tuple_record([nested, BOOL]))
    expected: Type = INT
    for _ in range(depth):
        expected = Opt(tuple_record([expected, TEXT]))
    value: object = 1 << 7 * 100_000
    for _ in range(depth):
        value = (value, True)
    sent = encode([nested], [value])
    started = time.process_time()

    with pytest.raises(DecodeError, match="more work"):
        decode(sent, [expected], work=200_000)

    assert time.process_time() - started < 10


def test_comparing_reference_types_is_metered() -> None:
    count = 3000
    entries = b"".join(
        b"\x6c\x01\x00" + _signed(index + 1 if index + 1 < count else 0) for index in range(count)
    )
    func = b"\x6a\x00\x01\x00\x00"
    head = b"DIDL" + write_unsigned(count + 1) + entries + func + b"\x01" + _signed(count)
    expected = Func([], [Ref("Loop")])

    with pytest.raises(DecodeError, match="too much work"):
        decode(head + b"\1\1\0\1m", [expected], ENV, work=1000)
    assert len(decode(head + b"\1\1\0\1m", [expected], ENV)) == 1


def _signed(number: int) -> bytes:
    return bytes([number & 0x7F | 0x80, number >> 7 & 0x7F | 0x80, number >> 14])


@pytest.mark.parametrize(
    "header",
    [
        "91 4e" + "6e6f" * 10_001 + "00",
        "01 6c 8080808010",
        "01 6a 8094ebdc03",
        "01 67 8094ebdc03",
        "00 8094ebdc03",
        "80" * 1000,
        "01 6e" + "ff" * 3000 + "00 0100",
    ],
)
def test_hostile_headers_are_refused(header: str) -> None:
    with pytest.raises(DecodeError):
        parse_header(message(header))


@given(st.binary(max_size=80))
@example(b"\x01\x6d\x7f\x01\x00\xff\xff\x03")
@example(b"\x01\x67\x00\x01\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x00")
def test_any_bytes_decode_or_fail_cleanly(tail: bytes) -> None:
    types = [Opt(Ref("Chain")), Vec(Opt(NAT)), Opt(Func([NAT], [])), RESERVED]
    for decoder in (
        lambda raw: decode(raw, types, ENV),
        lambda raw: decode_untyped(raw),
        lambda raw: transcode(raw, encode([NAT], [1])[:-1]),
        lambda raw: explain_headers(raw, raw),
    ):
        error = error_of(decoder, b"DIDL" + tail)
        assert error is None or 0 <= error.offset <= len(tail) + 4


@given(st.data())
def test_flipped_bytes_decode_or_fail_cleanly(data: st.DataObject) -> None:
    types = [Ref("Chain"), Vec(TEXT), Opt(tuple_record([NAT, INT]))]
    values: list[object] = [{"next": {"next": None, "x": True}, "x": False}, ["a", "bc"], (1, -2)]
    sent = bytearray(encode(types, values, ENV))
    sent[data.draw(st.integers(4, len(sent) - 1))] = data.draw(st.integers(0, 255))

    error = error_of(lambda raw: decode(raw, types, ENV), bytes(sent))
    assert error is None or "arg" in error.path or not error.path
