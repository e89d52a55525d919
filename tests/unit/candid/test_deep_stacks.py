"""What nests deep, while the caller's own stack is deep too: documented errors or success only."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scm.candid import (
    BOOL,
    NAT,
    CandidService,
    CandidSyntaxError,
    CandidTypeError,
    Codec,
    DecodeError,
    EncodeError,
    Field,
    Opt,
    Record,
    Ref,
    Type,
    TypeEnv,
    Variant,
    Vec,
    decode,
    decode_untyped,
    encode,
    explain_equality,
    find_clashes,
    format_values,
    infer_types,
    parse_did,
    parse_types,
    parse_values,
    print_did,
    print_init_args,
    read_message_types,
    tuple_record,
)
from scm.candid.encode import encode_generally
from scm.candid.table import table_from_types
from scm.candid.transcode import transcode, validate
from scm.candid.values import VariantValue

DEPTH = 250
SMALLEST_ROOM = 12  # Frames: with less, no function that calls others could say anything.
ENV = TypeEnv(
    {
        "Chain": Opt(Record([Field("next", Ref("Chain")), Field("x", BOOL)])),
        "Other": Opt(Record([Field("next", Ref("Other")), Field("x", NAT)])),
        "Nest": Vec(tuple_record([Ref("Nest")])),
        "Pick": Variant([Field("a", Ref("Pick")), Field("b", NAT)]),
    }
)


def chain() -> object:
    value: object = None
    for _ in range(DEPTH // 2):
        value = {"next": value, "x": True}
    return value


def nest() -> object:
    value: object = []
    for _ in range(DEPTH // 2 - 1):
        value = [(value,)]
    return value


def pick() -> object:
    value = VariantValue("b", 1)
    for _ in range(DEPTH):
        value = VariantValue("a", value)
    return value


def record_type() -> Type:
    type: Type = BOOL
    for _ in range(90):
        type = Record([Field("a", type)])
    return type


def record_value() -> object:
    value: object = True
    for _ in range(90):
        value = {"a": value}
    return value


CHAIN: list[Type] = [Ref("Chain")]
NEST: list[Type] = [Ref("Nest")]
PICK: list[Type] = [Ref("Pick")]
VALUES: list[tuple[list[Type], object]] = [
    (CHAIN, chain()),
    (NEST, nest()),
    (PICK, pick()),
    ([record_type()], record_value()),
]
MESSAGES = [(types, encode(types, [value], ENV), value) for types, value in VALUES]
TYPE_TEXT = "record { a : " * 90 + "nat" + " }" * 90
VALUE_TEXT = "(" + "record { a = " * 90 + "1" + " }" * 90 + ")"


def frames_left() -> int:
    """How many calls into each other there is room for; calls from C count too, so: by trying."""
    try:
        return 1 + frames_left()
    except RecursionError:
        return 1


def below(frames: int, action: Callable[[], object]) -> object:
    return action() if frames <= 0 else below(frames - 1, action)


def outcomes(action: Callable[[], object], error: type[Exception]) -> set[object]:
    """The results of `action` under stacks of every height; `error` counts as a result."""
    found: set[object] = set()
    room = frames_left() - SMALLEST_ROOM
    for frames in [0, *range(room % 7, room + 1, 7)]:
        try:
            found.add(repr(below(frames, action)))
        except error:
            found.add(error)
    return found


def check(action: Callable[[], object], error: type[Exception]) -> None:
    assert outcomes(action, error) == {repr(action()), error}


@pytest.mark.parametrize(("types", "message", "value"), MESSAGES)
def test_decoding_needs_no_shallow_stack(types: list[Type], message: bytes, value: object) -> None:
    codec = Codec(types, ENV)
    check(lambda: decode(message, types, ENV) == (value,), DecodeError)
    check(lambda: codec.decode(message) == (value,), DecodeError)
    check(lambda: decode(message, [], ENV), DecodeError)
    check(lambda: len(decode_untyped(message)), DecodeError)


def test_coercing_needs_no_shallow_stack() -> None:
    message = encode(CHAIN, [chain()], ENV)
    header = encode([Ref("Other")], [None], ENV)[:-1]

    check(lambda: decode(message, [Ref("Other")], ENV), DecodeError)
    check(lambda: transcode(message, header), DecodeError)
    check(lambda: validate(message)[1], DecodeError)


@pytest.mark.parametrize(("types", "message", "value"), MESSAGES)
def test_encoding_needs_no_shallow_stack(types: list[Type], message: bytes, value: object) -> None:
    codec = Codec(types, ENV)
    table = table_from_types(types, ENV)
    check(lambda: encode(types, [value], ENV) == message, EncodeError)
    check(lambda: codec.encode([value]) == message, EncodeError)
    check(lambda: message.endswith(encode_generally(table, [value])), EncodeError)


def test_a_codec_that_is_made_in_a_deep_stack_works_in_another() -> None:
    types, message, value = MESSAGES[3]
    made: list[Codec] = []
    room = frames_left()
    below(room - 100, lambda: made.append(Codec(types, ENV)))

    assert made[0].encode([value]) == message
    assert made[0].decode(message) == (value,)


def test_text_needs_no_shallow_stack() -> None:
    (type,), _ = parse_types(f"({TYPE_TEXT})")
    values = parse_values(VALUE_TEXT, [type])
    twice = f"(vec {{ {VALUE_TEXT}; {VALUE_TEXT} }})"
    annotated = f"({VALUE_TEXT} : {TYPE_TEXT})"

    check(lambda: parse_values(VALUE_TEXT, [type]), CandidSyntaxError)
    check(lambda: parse_values(annotated, [type]), CandidSyntaxError)
    check(lambda: len(infer_types(twice)), CandidSyntaxError)
    check(lambda: len(parse_types(f"({TYPE_TEXT})")), CandidSyntaxError)
    check(lambda: parse_did(f"type T = {TYPE_TEXT}").service, CandidSyntaxError)
    check(lambda: format_values(values, [type]), EncodeError)


@pytest.mark.parametrize(("types", "message", "value"), MESSAGES)
def test_printing_needs_no_shallow_stack(types: list[Type], message: bytes, value: object) -> None:
    sent, env = read_message_types(message)
    check(lambda: len(format_values([value], types, ENV)), EncodeError)
    check(lambda: len(format_values(decode_untyped(message), sent, env)), ValueError)


def test_comparing_needs_no_shallow_stack() -> None:
    # Equal, and not the same objects: what is compared to find that out is the whole of it.
    first, second = (parse_types(f"({TYPE_TEXT}, {TYPE_TEXT})")[0] for _ in range(2))
    one, two = tuple_record(first), tuple_record(second)

    check(lambda: explain_equality(one, two), CandidTypeError)
    check(lambda: find_clashes(one, two), CandidTypeError)


def test_printing_interfaces_needs_no_shallow_stack() -> None:
    interface = parse_did(f"type T = {TYPE_TEXT}; service : ({TYPE_TEXT}) -> {{}}")
    check(lambda: len(print_did(interface)), CandidTypeError)
    check(lambda: len(print_init_args(interface)), CandidTypeError)


@pytest.mark.parametrize("depth", [300, 5_000])
def test_types_may_nest_deeper_than_values(depth: int) -> None:
    """The types come from Python, as text of that depth is refused."""
    opts, records = (nested(Opt, depth), nested(lambda type: Record([Field("a", type)]), depth))
    message = encode([NAT], [1])

    assert decode(encode([opts], [None]), [opts]) == (None,)
    assert Codec([opts]).encode([None]) == encode([opts], [None])
    assert explain_equality(opts, nested(Opt, depth)) is None
    assert len(find_clashes(records, NAT)) == 1
    for type in (opts, records):
        with pytest.raises(DecodeError):
            decode(message, [type])
        with pytest.raises(EncodeError):
            encode([type], [1])
        with pytest.raises(CandidSyntaxError):
            parse_values("(1)", [type])
    with pytest.raises(EncodeError):
        format_values([1], [records])
    if depth > 1_000:
        with pytest.raises(CandidTypeError):
            print_did(CandidService(None, TypeEnv({"A": opts})))


def nested(build: Callable[[Type], Type], depth: int) -> Type:
    type: Type = NAT
    for _ in range(depth):
        type = build(type)
    return type
