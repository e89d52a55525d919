"""The official conformance suite of Candid, run unchanged where its files are at hand."""

from pathlib import Path

import pytest

from scm.candid.codec import Codec
from scm.candid.decode import decode, decode_generally
from scm.candid.errors import CandidSyntaxError, DecodeError
from scm.candid.table import encode_header, table_from_types
from scm.candid.transcode import transcode
from scm.candid.types import TypeEnv
from scm.candid.value_parser import parse_values
from scm.testing.candid_suite import Assertion, read_suite_file

SUITE = Path(__file__).parents[4] / "shared" / "candid"
COUNTS = {
    "prim": 168,
    "construct": 164,
    "reference": 50,
    "subtypes": 58,  # and four in the comment that explains how the file is made
    "overshoot": 10,
    "spacebomb": 17,
}
"""How many assertions each file has."""

pytestmark = pytest.mark.skipif(
    not SUITE.is_dir(), reason="the official Candid suite is not beside the repository"
)


def read_input(source: bytes | str, assertion: Assertion, env: TypeEnv) -> tuple[object, ...]:
    """The values of an input; bytes by every way there is: each must accept the same values."""
    if isinstance(source, str):
        return parse_values(source, assertion.types, env)
    table = table_from_types(assertion.types, env)
    header = encode_header(assertion.types, env)
    ways = (
        lambda: decode_generally(source, table),
        lambda: decode(source, assertion.types, env),
        lambda: Codec(assertion.types, env).decode(source),
        lambda: decode(transcode(source, header), assertion.types, env),
    )
    accepted: list[tuple[object, ...]] = []
    refused: list[DecodeError] = []
    for way in ways:
        try:
            accepted.append(way())
        except DecodeError as error:
            refused.append(error)
    if refused:
        assert not accepted, assertion
        raise refused[0]
    # By their text, as NaN equals nothing.
    assert {repr(values) for values in accepted} == {repr(accepted[0])}, assertion
    return accepted[0]


def holds(assertion: Assertion, env: TypeEnv) -> bool:
    """Whether an assertion is true; inputs that are compared must decode, both of them."""
    try:
        left = read_input(assertion.left, assertion, env)
        right = left if assertion.right is None else read_input(assertion.right, assertion, env)
    except (DecodeError, CandidSyntaxError):
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
def test_assertions_of_the_official_suite_hold(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    suite = read_suite_file(SUITE / f"{name}.test.did")
    failed = [item for item in suite.assertions if not holds(item, suite.env)]

    with capsys.disabled():
        print(f" {name}: {len(suite.assertions)} assertions, {len(failed)} failed ", end="")
    assert failed == []
    assert len(suite.assertions) == COUNTS[name]


def test_every_line_of_an_assertion_is_read() -> None:
    for name in COUNTS:
        path = SUITE / f"{name}.test.did"
        lines = path.read_text(encoding="utf-8").splitlines()
        after_comment = lines.index("*/") + 1 if lines[0] == "/*" else 0
        starts = [
            number
            for number, line in enumerate(lines, 1)
            if number > after_comment and line.startswith("assert")
        ]

        assert [item.line for item in read_suite_file(path).assertions] == starts
    assert {path.name.split(".")[0] for path in SUITE.glob("*.test.did")} == set(COUNTS)
