"""Values of every Candid type through a real canister: in, out, kept in state, sent with a call."""

import math
import struct

import pytest

from scm.candid.decode import decode
from scm.candid.encode import encode
from scm.candid.types import INT, NAT, TEXT, Field, Opt, Record, Vec
from scm.candid.values import VariantValue
from scm.model import Principal
from scm.replica.state import Replied
from scm.testing.building import install_canister
from scm.testing.client import RejectError

pytestmark = pytest.mark.toolchain
COMPILER = "optimizing"

HUGE = 3**500
OWNER = Principal.from_text("rrkah-fqaaa-aaaaa-aaaaq-cai")


def point(x, y):
    return {"x": x, "y": y}


def line(label=None):
    return {"start": point(0, -1), "end": point(HUGE, -HUGE), "label": label}


def tree(depth):
    children = [] if depth == 0 else [tree(depth - 1), tree(0)]
    return {"value": depth, "children": children}


def everything(**changes):
    value = {
        "flag": True,
        "n": HUGE,
        "n8": 255,
        "n16": 65_535,
        "n32": 4_294_967_295,
        "n64": 18_446_744_073_709_551_615,
        "i": -HUGE,
        "i8": -128,
        "i16": -32_768,
        "i32": -2_147_483_648,
        "i64": -9_223_372_036_854_775_808,
        "f32": 0.15625,
        "f64": -1e300,
        "name": "naïve ☕ 日本 🦊\0",
        "data": bytes(range(256)),
        "owner": OWNER,
        "maybe": 0,
        "line": line("straight"),
        "maybe_line": line(),
        "amount": VariantValue("between", {"low": -1, "high": 1}),
        "lines": [line(), line("")],
        "maybes": ["", None, "x" * 1000],
        "matrix": [b"", b"\x00\xff"],
        "tree": tree(20),
    }
    assert changes.keys() <= value.keys()
    return value | changes


SMALLEST = everything(
    flag=False,
    n=0,
    n8=0,
    n16=0,
    n32=0,
    n64=0,
    i=0,
    i8=127,
    i16=32_767,
    i32=2_147_483_647,
    i64=9_223_372_036_854_775_807,
    f32=math.inf,
    f64=5e-324,
    name="",
    data=b"",
    owner=Principal.management_canister(),
    maybe=None,
    maybe_line=None,
    amount=VariantValue("Nothing"),
    lines=[],
    maybes=[],
    matrix=[],
    tree=tree(0),
)
VALUES = pytest.mark.parametrize("value", [everything(), SMALLEST], ids=["largest", "smallest"])


@VALUES
def test_value_goes_in_and_comes_out(bench, value):
    assert bench.echo(value) == value


@VALUES
def test_value_is_kept_over_an_upgrade(bench, replica, workbench_wasm, value):
    assert bench.kept() is None
    bench.keep(value)
    replica.install(bench.canister_id, workbench_wasm, mode="upgrade")
    assert bench.kept() == value


@VALUES
def test_value_travels_with_a_call_and_returns_with_its_reply(bench, value):
    assert bench.send(value) == {"context": value, "reply": value, "are_equal": True}


@pytest.mark.parametrize("bits", [8, 16, 32, 64])
def test_fixed_width_numbers_have_their_limits(bench, bits):
    for method, low, high in (
        (f"to_nat{bits}", 0, 2**bits - 1),
        (f"to_int{bits}", -(2 ** (bits - 1)), 2 ** (bits - 1) - 1),
    ):
        assert bench.call(method, low) == low
        assert bench.call(method, high) == high
        for outside in (low - 1, high + 1, HUGE, -HUGE):
            type_name = method.removeprefix("to_")
            with pytest.raises(
                RejectError, match=f"EncodeError: {outside} does not fit {type_name}"
            ):
                bench.call(method, outside)


def test_nat_refuses_a_negative_number(bench):
    assert bench.to_nat(HUGE) == HUGE
    with pytest.raises(RejectError, match="EncodeError: a nat is at least 0, got -1"):
        bench.to_nat(-1)


@pytest.mark.parametrize("bits", [6, 7, 30, 31, 32, 61, 62, 63, 64, 65, 1000])
def test_integers_have_no_limits(bench, bits):
    for factor in (2**bits, 2**bits - 1, -(2**bits), -(2**bits) - 1):
        assert bench.multiply(factor, 1) == factor
        assert bench.multiply(factor, -factor) == -(factor**2)


def test_state_field_out_of_range_traps_and_changes_nothing(bench):
    bench.set_small(255)
    with pytest.raises(RejectError, match="256 does not fit nat8"):
        bench.set_small(256)
    assert bench.counter() == 1


@pytest.mark.parametrize("number", [0.0, -0.0, 1.5, math.inf, -math.inf, math.nan])
def test_float_state_keeps_its_bits(bench, replica, workbench_wasm, number):
    bench.set_ratio(0.0 if math.copysign(1, number) < 0 else -0.0)
    bench.set_ratio(number)
    replica.install(bench.canister_id, workbench_wasm, mode="upgrade")
    assert struct.pack("<d", bench.ratio()) == struct.pack("<d", number)


def test_lists_and_tuples_are_vectors(bench):
    assert bench.reverse(["a", "b", ""]) == ["", "b", "a"]
    assert bench.sort([3, HUGE, 1]) == [1, 3, HUGE]
    assert bench.sort([]) == []


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (VariantValue("Nothing"), "nothing"),
        (VariantValue("Exactly", 7), "exactly 7"),
        (VariantValue("between", {"low": -3, "high": HUGE}), f"between -3 and {HUGE}"),
    ],
    ids=["null", "value", "record"],
)
def test_variant_cases_match(bench, replica, workbench_wasm, amount, text):
    assert bench.describe(amount) == text
    assert bench.set_amount(amount) == VariantValue("Nothing")
    replica.install(bench.canister_id, workbench_wasm, mode="upgrade")
    assert bench.set_amount(VariantValue("Nothing")) == amount


def test_records_have_a_readable_form(bench):
    value = {"start": point(0, 1), "end": point(2, 3), "label": "a"}
    assert bench.show(value) == "Line(start=Point(x=0, y=1), end=Point(x=2, y=3), label='a')"
    assert bench.show(None) == "None"


def test_init_arguments_reach_the_state(replica, workbench_wasm):
    bench = install_canister(replica, workbench_wasm, "straße", 41)
    assert (bench.title(), bench.counter()) == ("straße", 41)


def test_collections_in_state_grow(bench, replica, workbench_wasm):
    names = [f"name {number}" * number for number in range(60)]
    assert [bench.add_name(name) for name in names] == list(range(1, 61))
    replica.install(bench.canister_id, workbench_wasm, mode="upgrade")
    assert bench.names() == names


def query_raw(bench, replica, method, argument):
    """A query with an argument whose types are not those of the interface."""
    outcome = replica.query(bench.canister_id, method, argument)
    assert isinstance(outcome, Replied), outcome
    return outcome.data


def test_argument_of_a_subtype_is_coerced(bench, replica):
    # Another order of fields in the source, one field too many, `label` missing, nat for int.
    wire_point = Record([Field("z", TEXT), Field("y", NAT), Field("x", NAT)])
    wire_line = Record([Field("end", wire_point), Field("start", wire_point)])
    value = {"start": {"x": 1, "y": 2, "z": "?"}, "end": {"x": 4, "y": 6, "z": "!"}}
    argument = encode([wire_line], [value])
    assert decode(query_raw(bench, replica, "length", argument), [INT]) == (7,)


def test_optional_argument_may_be_missing_or_of_another_type(bench, replica):
    for argument in (encode([], []), encode([TEXT], ["no line"]), encode([Opt(NAT)], [5])):
        assert decode(query_raw(bench, replica, "show", argument), [TEXT]) == ("None",)


def test_superfluous_arguments_are_skipped(bench, replica):
    argument = encode([Vec(NAT), TEXT], [[2, 1], "skipped"])
    assert decode(query_raw(bench, replica, "sort", argument), [Vec(NAT)]) == ([1, 2],)
    assert decode(query_raw(bench, replica, "title", argument), [TEXT]) == ("bench",)


def test_large_value_goes_through(bench):
    value = everything(data=bytes(900_000), maybes=["text"] * 10_000)
    assert bench.send(value)["are_equal"] is True


def test_endlessly_nested_argument_only_traps(bench, replica):
    # One argument too many, to be skipped: `type T = opt T`, a million levels deep.
    argument = b"DIDL\x01\x6e\x00\x01\x00" + b"\1" * 1_000_000 + b"\0"
    outcome = replica.query(bench.canister_id, "title", argument)
    assert not isinstance(outcome, Replied)
    assert bench.title() == "bench"


@pytest.mark.parametrize(
    "argument",
    [
        b"",
        b"DIDL",
        b"not Candid at all",
        encode([], []),
        encode([INT], [5]),
        encode([Vec(NAT)], [[1, 2]])[:-1],
        encode([Vec(NAT)], [[1, 2]]) + b"\0",
        # A vec that claims more elements than the message has bytes.
        encode([Vec(NAT)], [[]])[:-1] + b"\xff\xff\xff\xff\x0f",
    ],
)
def test_argument_that_does_not_fit_is_refused(bench, argument, replica):
    outcome = replica.query(bench.canister_id, "sort", argument)
    assert not isinstance(outcome, Replied)
    assert "Error: " in outcome.message
