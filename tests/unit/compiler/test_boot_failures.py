"""A boot that fails, from what it printed to the line of the user's."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from scm.compiler.artefacts import Project, SourceModule
from scm.compiler.boot_failures import explain_boot_failure
from scm.errors import Diagnostic, SnapshotError, SourceError, SourceSpan

HELPER = 'def read() -> str:\n    return open("x").read()\n\n\nTEXT = read()\n'
PROJECT = Project(
    name="test",
    root=Path("project"),
    main="canister",
    modules=(
        SourceModule("canister", "canister.py", "import parts.helper\n"),
        SourceModule("parts.helper", "parts/helper.py", HELPER),
    ),
    lock_path=Path("project/scm.lock"),
)
IMPORTLIB = '  File "importlib/_bootstrap.py", line 1176, in _find_and_load\n'
TRACEBACK = (
    "Traceback (most recent call last):\n"
    + IMPORTLIB
    + '  File "scm_entry.py", line 24, in <module>\n'
    + '  File "canister.py", line 1, in <module>\n'
    + IMPORTLIB
    + '  File "parts/helper.py", line 5, in <module>\n'
    + '  File "parts/helper.py", line 2, in read\n'
    + '  File "scm/runtime/values.py", line 7, in make\n'
)
FAILED = "boot trapped: the canister's modules could not be imported"


def explained(printed: str, message: str = FAILED, frames: tuple[str, ...] = ()) -> Diagnostic:
    failure = explain_boot_failure(
        SnapshotError(message, tuple(printed.split("\n")), frames), PROJECT
    )
    assert isinstance(failure, SourceError)
    (diagnostic,) = failure.diagnostics
    return diagnostic


def test_the_error_is_at_the_innermost_line_of_the_users() -> None:
    found = explained(TRACEBACK + "FileNotFoundError: [Errno 44] No such file: 'x'\n")
    assert found.code == "fails-in-canister"
    assert found.message == (
        "the import of `parts.helper` fails in the canister:"
        " FileNotFoundError: [Errno 44] No such file: 'x'"
    )
    assert found.span == SourceSpan("parts/helper.py", 2, 5, 2, 28)
    assert found.helps == (
        "put what is in the file into a module, as a constant: a canister has no files",
    )


def test_frames_of_the_import_system_and_of_scm_are_left_out() -> None:
    once, *frames = explained(TRACEBACK + "ValueError: no").notes
    assert once.startswith("modules are imported once, when the canister is built")
    assert frames == [
        "canister.py:1, in <module>: import parts.helper",
        "parts/helper.py:5, in <module>: TEXT = read()",
        'parts/helper.py:2, in read: return open("x").read()',
    ]


def test_frames_of_the_standard_library_stay() -> None:
    inner = '  File "json/decoder.py", line 9, in decode\n'
    found = explained(TRACEBACK + inner + "ValueError: no")
    assert found.notes[-1] == "json/decoder.py:9, in decode"
    assert found.span is not None
    assert found.span.path == "parts/helper.py"


def test_causes_are_told_after_the_frames() -> None:
    cause = 'Traceback (most recent call last):\n  File "canister.py", line 1, in f\nKeyError: 7\n'
    joint = "\nThe above exception was the direct cause of the following exception:\n\n"
    found = explained(f"{cause}{joint}{TRACEBACK}ValueError: two\nlines\n")
    assert found.message.endswith("ValueError: two lines")
    assert found.notes[-1] == "before that: KeyError: 7, canister.py:1, in f: import parts.helper"


def test_long_traces_are_cut_in_the_middle() -> None:
    frame = '  File "parts/helper.py", line 2, in read\n'
    found = explained(TRACEBACK + frame * 50 + "RecursionError: too deep")
    assert len(found.notes) == 1 + 13
    assert found.notes[7] == "(41 more)"


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("ModuleNotFoundError: No module named 'socket'", "do without that module"),
        ("ModuleNotFoundError: No module named 'math'", "name it in `include`"),
        (
            "AttributeError: 'builtin_function_or_method' object has no attribute 'path'",
            "list the module under `bytecode`",
        ),
        ("MemoryError", "do less at the import"),
        ("parts.helper.Odd: no", "write it so that it works there too"),
    ],
)
def test_help_is_that_of_the_exception(text: str, help: str) -> None:
    assert help in explained(TRACEBACK + text).helps[0]


def test_environment_variables_are_told_by_the_line() -> None:
    modules = (SourceModule("canister", "canister.py", 'KEY = os.environ["KEY"]\n'),)
    printed = (
        "Traceback (most recent call last):\n"
        '  File "canister.py", line 1, in <module>\n'
        '  File "os.py", line 679, in __getitem__\n'
        "KeyError: 'KEY'\n"
    )
    error = SnapshotError(FAILED, (printed,), ())
    failure = explain_boot_failure(error, evolve(PROJECT, modules=modules))
    assert isinstance(failure, SourceError)
    (help,) = failure.diagnostics[0].helps
    assert help.startswith("put the value into a module, as a constant, or let `@init` take it")


def test_a_module_that_never_ends_is_known_by_its_function() -> None:
    frames = ("CPyTagged_Add", "CPyDef_parts___helper_____top_level__", "scm_boot")
    found = explained("", "boot did not end within 100,000 instructions", frames)
    assert found.message == (
        "the import of `parts.helper` fails in the canister:"
        " it did not end within 100,000 instructions"
    )
    assert found.span == SourceSpan("parts/helper.py", 1, 1, 1, 1)


def test_a_call_of_the_system_at_import_is_told() -> None:
    found = explained("", "boot called ic0.time")
    assert found.message == "a module calls the System API (`ic0.time`) when it is imported"


def test_the_log_is_named() -> None:
    error = SnapshotError(FAILED, (TRACEBACK + "ValueError: no",), ())
    error.log = Path("logs/0001-snapshot.log")
    failure = explain_boot_failure(error, PROJECT)
    assert isinstance(failure, SourceError)
    assert failure.diagnostics[0].notes[-1] == "the whole traceback: logs/0001-snapshot.log"


@pytest.mark.parametrize(
    ("printed", "message", "frames"),
    [
        ("", "boot trapped: unreachable", ("PyDict_New", "scm_boot")),
        ("Traceback (most recent call last):\n" + IMPORTLIB + "KeyError: 1", FAILED, ()),
    ],
)
def test_what_is_not_the_users_stays_what_it_is(
    printed: str, message: str, frames: tuple[str, ...]
) -> None:
    error = SnapshotError(message, (printed,), frames)
    assert explain_boot_failure(error, PROJECT) is error
