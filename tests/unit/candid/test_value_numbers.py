"""Numbers as text: the grammar to the letter, ranges, what is not finite, and very long ones."""

from __future__ import annotations

import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scm.candid import (
    FLOAT32,
    FLOAT64,
    INT,
    NAT,
    CandidSyntaxError,
    Type,
    format_values,
    infer_types,
    parse_did,
    parse_values,
)
from scm.candid.lexer import DECIMAL_DIGITS_MAX

FLOAT32_MAX = 3.4028234663852886e38
MISSPELT = (
    *("1__0", "1_", "1_000_", "_1", "1_.5", "1._5", "1.5_", "1e_5", "1e5_", "1e", "1e+", "1x"),
    *("0x", "0X", "0x_ff", "0xff_", "0xf__f", "0x_", "0xg", "0x1p", "0x1p_1", "0x1p1_", "0x1.p"),
    *(
        "+",
        "-",
        "+-1",
        "- 1",
        "1.5.5",
        "\u0661",
        "\u00b2",
        "--inf",
        "+NaN",
        "-NaN",
        "infinity",
        "nan",
        "Inf",
    ),
)


@pytest.mark.parametrize("text", MISSPELT)
@pytest.mark.parametrize("type", [NAT, INT, FLOAT64])
def test_misspelt_numbers_are_refused(text: str, type: Type) -> None:
    with pytest.raises(CandidSyntaxError):
        parse_values(f"({text})", [type])
    with pytest.raises(CandidSyntaxError):
        infer_types(f"({text})")


@pytest.mark.parametrize("text", ["1__0", "0x", "0x_1", "1_", "-1", "1.5", "inf", "4294967296"])
def test_misspelt_ids_are_refused(text: str) -> None:
    with pytest.raises(CandidSyntaxError):
        parse_values(f"(record {{ {text} = 1 }})", [NAT])
    if text != "inf":
        with pytest.raises(CandidSyntaxError):
            parse_did(f"type t = record {{ {text} : nat }}")


@pytest.mark.parametrize("type", [FLOAT32, FLOAT64])
@pytest.mark.parametrize("text", ["1e400", "-1e400", "0x1p1024", "0x1p99999999999", "1" * 400])
def test_floats_out_of_range_are_refused(text: str, type: Type) -> None:
    with pytest.raises(CandidSyntaxError, match=r"is out of range for `float\d\d`"):
        parse_values(f"({text})", [type])


def test_range_of_float32_is_smaller() -> None:
    assert parse_values(f"({FLOAT32_MAX!r})", [FLOAT32]) == (FLOAT32_MAX,)
    for text in ("3.5e38", "(-1e39 : float32)"):
        with pytest.raises(CandidSyntaxError, match="is out of range for `float32`"):
            parse_values(f"({text})", [FLOAT32])
    assert parse_values("(1e-400)", [FLOAT64]) == (0.0,)


@pytest.mark.parametrize("type", [FLOAT32, FLOAT64])
@pytest.mark.parametrize("text", ["inf", "-inf", "NaN"])
def test_what_is_not_finite_is_read_as_it_is_printed(text: str, type: Type) -> None:
    (value,) = parse_values(f"({text})", [type])
    shown = format_values([value], [type], annotate=True)

    assert isinstance(value, float)
    assert not math.isfinite(value)
    assert shown == (f"({text})" if type == FLOAT64 else f"({text} : float32)")
    assert infer_types(shown) == (type,)
    with pytest.raises(CandidSyntaxError, match="expected `nat`, got"):
        parse_values(f"({text})", [NAT])


@given(st.floats() | st.floats(width=32))
def test_every_float_is_read_as_it_is_printed(value: float) -> None:
    (found,) = parse_values(format_values([value], [FLOAT64]), [FLOAT64])
    assert repr(found) == repr(value)


@pytest.mark.parametrize("word", ["inf", "NaN"])
def test_names_may_be_those_of_floats(word: str) -> None:
    text = f"(record {{ {word} = 1; b = variant {{ {word} }} }})"
    type = infer_types(text)
    assert parse_values(format_values(parse_values(text, type), type), type)


@given(st.integers(1, 6000), st.integers(0, 9), st.booleans())
def test_long_decimals_are_read(digits: int, digit: int, is_negative: bool) -> None:
    text = ("-" if is_negative else "") + "1" + str(digit) * digits
    expected = 10**digits + digit * (10**digits - 1) // 9
    assert parse_values(f"({text})", [INT]) == (-expected if is_negative else expected,)


@pytest.mark.parametrize("digits", [4_300, 4_301, DECIMAL_DIGITS_MAX])
def test_long_integers_work_both_ways(digits: int) -> None:
    assert sys.get_int_max_str_digits() == 4_300
    (value,) = parse_values(f"({'7' * digits})", [NAT])
    assert value == 7 * (10**digits - 1) // 9
    assert parse_values(format_values([value], [NAT]), [NAT]) == (value,)
    assert parse_values(format_values([value], [INT]), [INT]) == (value,)


@pytest.mark.parametrize("type", [NAT, INT])
def test_longer_decimals_are_refused_in_clear_words(type: Type) -> None:
    with pytest.raises(CandidSyntaxError) as caught:
        parse_values(f"({'7' * (DECIMAL_DIGITS_MAX + 1)})", [type])
    assert caught.value.message == (
        "a decimal integer has at most 100,000 digits, got 100,001; write it in hexadecimal"
    )


@given(st.integers())
def test_every_integer_is_read_as_it_is_printed(value: int) -> None:
    assert parse_values(format_values([value], [INT]), [INT]) == (value,)


def test_long_numbers_are_cut_off_in_messages() -> None:
    with pytest.raises(CandidSyntaxError) as caught:
        parse_values(f"(record {{ {'9' * 1000} = 1 }})", [NAT])
    assert len(str(caught.value)) < 200
