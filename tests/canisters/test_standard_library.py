"""Modules of the standard library give in a canister what they give on the host, or are refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.canisters.library_exercises import public_modules, read_exercises, write_page

from scm.compiler.builds import BuildOptions
from scm.compiler.bundle import builtin_modules, stdlib_source
from scm.compiler.library import REASONS, refused_module
from scm.compiler.pipeline import build
from scm.errors import SourceError
from scm.replica.replica import Replica
from scm.testing.building import compiled_modules_folder, install_canister
from scm.testing.client import RejectError

pytestmark = pytest.mark.toolchain
COMPILER = "optimizing"

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "standard-library.md"
EXERCISES = read_exercises()
MADE_BY_C = {
    f"{name}.{part}" for name in ("pyexpat", "xml.parsers.expat") for part in ("model", "errors")
}
"""Modules that another one makes."""

FAILURES = {
    'open("x")': "FileNotFoundError: [Errno 44] No such file or directory: 'x'",
    'open("x", "w")': "FileNotFoundError: [Errno 44] No such file or directory: 'x'",
    'import os; os.listdir("/")': "FileNotFoundError: [Errno 44] No such file or directory: '/'",
    "import os; os.mkdir('x')": "FileNotFoundError: [Errno 44] No such file or directory: 'x'",
    "input()": "EOFError",
    "import time; time.sleep(1)": "OSError: [Errno 58] a canister can't sleep: set a timer instead",
    "import time; time.sleep(-1)": "ValueError: sleep length must be non-negative",
    "import threading; threading.Thread(target=print).start()": (
        "RuntimeError: can't start new thread"
    ),
    "import concurrent.futures as f; f.ThreadPoolExecutor().submit(print)": (
        "RuntimeError: can't start new thread"
    ),
    "import socket; socket.socket()": "OSError: [Errno 58] Not supported",
    "import subprocess; subprocess.run(['ls'])": (
        "OSError: [Errno 58] wasi does not support processes."
    ),
    "import tempfile; tempfile.TemporaryFile()": (
        "FileNotFoundError: [Errno 44] No usable temporary directory found in"
        " ['/tmp', '/var/tmp', '/usr/tmp', '/']"
    ),
    "import zoneinfo; zoneinfo.ZoneInfo('Europe/Berlin')": (
        "zoneinfo._common.ZoneInfoNotFoundError: 'No time zone found with key Europe/Berlin'"
    ),
    "raise SystemExit(1)": "SystemExit: 1",
}
"""What can't be done -> the last line of the traceback."""

WAITING = (
    "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire(timeout=1)",
    "import threading; threading.Semaphore(0).acquire()",
    "import threading; threading.Event().wait(1)",
    "import threading; c = threading.Condition(); c.acquire(); c.wait()",
    "import queue; queue.Queue().get()",
    "import queue; queue.Queue().get(timeout=1)",
    "import queue; queue.SimpleQueue().get()",
    "import queue; q = queue.Queue(1); q.put(1); q.put(2)",
    "import concurrent.futures as f; f.Future().result()",
)


@pytest.fixture(scope="module")
def library(tmp_path_factory, build_canister):
    """A canister that has all modules that the exercises name, and those of what fails."""
    folder = tmp_path_factory.mktemp("library") / "library"
    shutil.copytree(ROOT / "tests/cases/canisters/library", folder)
    names = {name for item in EXERCISES for name in item.roots()}
    names |= {"socket", "subprocess", "tempfile"}
    listed = json.dumps(
        sorted(name for name in names if stdlib_source(name) or name in builtin_modules())
    )
    (folder / "pyproject.toml").write_text(f'[tool.scm]\nname = "library"\ninclude = {listed}\n')
    wasm = build_canister(folder)
    return install_canister(Replica(cache_directory=compiled_modules_folder()), wasm)


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda item: item.module)
def test_module_works_as_on_the_host(library, exercise):
    ran = library.run(exercise.source, exercise.function)
    assert ran["error"] == ""
    assert ran["result"] == exercise.run()


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda item: item.module)
def test_module_brings_along_all_that_it_loads(library, exercise):
    ran = library.run(exercise.source, exercise.function)
    assert set(ran["loaded"]) - exercise.modules() - MADE_BY_C == set()


def test_every_module_is_tried_or_refused():
    tried = {item.module for item in EXERCISES}
    inside = {name.partition(".")[0] for name in tried}
    assert public_modules() - tried - inside - set(REASONS) == set()
    assert [name for name in tried if refused_module(name)] == []


def test_refused_modules_stop_the_build(write_project):
    names = sorted(REASONS)
    folder = write_project("\n".join(f"import {name}" for name in names))
    with pytest.raises(SourceError) as caught:
        build(folder, BuildOptions(), lambda report: None)
    found = [(item.message, item.notes) for item in caught.value.diagnostics]
    for name in names:
        assert (f"`{name}` can't be imported in a canister", (REASONS[name],)) in found


def test_page_is_up_to_date(request):
    text = write_page(EXERCISES)
    if request.config.getoption("--bless"):
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("source", FAILURES)
def test_what_cannot_be_done_raises_an_exception(library, source):
    assert library.run(source, "")["error"].splitlines()[-1] == FAILURES[source]


@pytest.mark.parametrize("source", WAITING)
def test_waiting_raises_an_exception(library, source):
    said = "RuntimeError: nothing else runs in a canister that could end this wait"
    assert library.run(source, "")["error"].splitlines()[-1] == said


def test_module_in_include_can_be_imported_by_name(library):
    assert library.load("colorsys") == "colorsys"


def test_module_that_is_not_included_is_told(library):
    said = "ModuleNotFoundError: No module named 'idlelib'; what no `import` statement names,"
    with pytest.raises(RejectError, match=said):
        library.load("idlelib")
