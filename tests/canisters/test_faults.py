"""What goes wrong in a canister: who is told what, and what is rolled back."""

from __future__ import annotations

from pathlib import Path

import pytest

from scm.model import RejectCode
from scm.testing.client import RejectError

pytestmark = pytest.mark.toolchain

SOURCE = Path(__file__).parents[1] / "cases" / "canisters" / "workbench" / "faults.py"


def line_of(marker):
    """The number of the line in `faults.py` that ends with `# line: marker`."""
    lines = SOURCE.read_text().splitlines()
    return next(
        number for number, line in enumerate(lines, 1) if line.endswith(f"# line: {marker}")
    )


@pytest.fixture
def log(bench, replica):
    """Reads the canister's log, line by line."""

    def read():
        records = replica.canister(bench.canister_id).logs
        return [line for record in records for line in record.content.decode().split("\n")]

    return read


def reject_of(bench, method, *arguments):
    with pytest.raises(RejectError) as caught:
        bench.call(method, *arguments)
    return caught.value


def test_exception_rejects_with_its_last_line(bench):
    error = reject_of(bench, "fail", "too much")
    assert (error.code, error.error_code) == (RejectCode.CANISTER_ERROR, "IC0503")
    assert "'ValueError: too much'" in error.message


def test_exception_logs_the_whole_traceback(bench, log):
    reject_of(bench, "divide", 0)
    start = log().index("Traceback (most recent call last):")
    caller, place, last = log()[start + 1 : start + 4]
    assert caller.startswith('  File "faults.py", line ')
    assert caller.endswith(", in divide")
    assert place == f'  File "faults.py", line {line_of("division")}, in quotient'
    assert last == "ZeroDivisionError: integer division or modulo by zero"


def test_traceback_has_the_line_of_the_raise(bench, log):
    reject_of(bench, "fail", "x")
    assert f'  File "faults.py", line {line_of("failure")}, in fail' in log()


def test_traceback_begins_with_the_cause(bench, log):
    reject_of(bench, "fail_with_cause")
    lines = log()
    cause = lines.index("ZeroDivisionError: integer division or modulo by zero")
    effect = lines.index(f'  File "faults.py", line {line_of("effect")}, in fail_with_cause')
    assert cause < effect
    assert lines[effect + 1] == "RuntimeError: no quotient"


@pytest.mark.parametrize("message", ["", "naïve ☕", "a\nb", "x" * 20_000, "quote ' and %s %n"])
def test_any_exception_text_is_reported(bench, message):
    error = reject_of(bench, "fail", message)
    shown = f"ValueError: {message}" if message else "ValueError"
    assert shown[:1000] in error.message


@pytest.mark.parametrize(
    ("method", "arguments"),
    [("fail", ["x"]), ("divide", [0]), ("trap", ["x"]), ("exit_process", []), ("loop", [])],
)
def test_trap_rolls_the_state_back(bench, replica, workbench_wasm, method, arguments):
    assert bench.divide(5) == 20
    reject_of(bench, method, *arguments)
    assert bench.counter() == 1
    assert bench.divide(5) == 20
    replica.install(bench.canister_id, workbench_wasm, mode="upgrade")
    assert bench.counter() == 2


def test_ic_trap_rejects_with_its_message(bench):
    assert "'enough'" in reject_of(bench, "trap", "enough").message
    assert reject_of(bench, "trap", "enough").error_code == "IC0503"


def test_ic_reject_keeps_the_changes(bench, replica, workbench_wasm):
    error = reject_of(bench, "reject", "not for you")
    assert (error.code, error.message) == (RejectCode.CANISTER_REJECT, "not for you")
    assert bench.counter() == 1
    replica.install(bench.canister_id, workbench_wasm, mode="upgrade")
    assert bench.counter() == 1


def test_query_drops_its_changes(bench):
    assert [bench.count_in_vain(), bench.count_in_vain()] == [1, 1]
    assert bench.counter() == 0


def test_deep_recursion_works_and_endless_recursion_raises(bench):
    assert bench.recurse(200) == 200
    assert "RecursionError" in reject_of(bench, "recurse", 1_000_000).message
    assert bench.counter() == 1
    assert bench.recurse(100) == 100


def test_print_reaches_the_log(bench, log):
    bench.speak("hello, 世界")
    assert log() == ["print: hello, 世界", "ic.print: hello, 世界 7"]


def test_what_was_printed_before_a_trap_stays_in_the_log(bench, log):
    reject_of(bench, "speak_then_fail", "I was here")
    assert log()[0] == "I was here"


def test_unknown_method_is_refused_by_the_platform(bench, replica):
    outcome = replica.update(bench.canister_id, "no_such_method")
    assert "no update method 'no_such_method'" in outcome.message
