"""The canisters of `bench_programs`, each in the languages that are compared."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

from scm.compiler.builds import BuildOptions
from scm.compiler.cache import default_cache
from scm.compiler.pipeline import build
from scm.compiler.toolchain import run_zig_cc

LANGUAGES: Final = ("scm", "Motoko", "C", "CPython")
"""CPython is scm's canister with the programs as bytecode."""

_TOOLS: Final = Path(__file__).resolve().parent
_PROGRAMS: Final = _TOOLS / "bench_programs"
_C_SOURCES: Final = {
    "counter": (_PROGRAMS / "counter.c",),
    "programs": (
        _PROGRAMS / "programs.c",
        _PROGRAMS / "sha256.c",
        _TOOLS / "codec_peers" / "rows.c",
    ),
}
_C_FLAGS: Final = ("-mexec-model=reactor", "-O2", "-s", "-Wl,--gc-sections")


def build_counters(scratch: Path, node: Path) -> dict[str, bytes]:
    """The canister that does nothing and counts, by language: no program is to be interpreted."""
    sources = {"counter.py": "canister.py"}
    return {
        "scm": _build_scm(scratch / "counter", sources),
        "Motoko": _build_motoko("counter", node),
        "C": _build_c("counter", scratch),
    }


def build_programs(scratch: Path, node: Path) -> dict[str, bytes]:
    """The canister with all other programs, by language."""
    sources = {"canister.py": "canister.py", "programs.py": "programs.py"}
    return {
        "scm": _build_scm(scratch / "programs", sources),
        "Motoko": _build_motoko("programs", node),
        "C": _build_c("programs", scratch),
        "CPython": _build_scm(scratch / "interpreted", sources, bytecode="programs"),
    }


def _build_scm(folder: Path, sources: dict[str, str], bytecode: str = "") -> bytes:
    folder.mkdir()
    for source, target in sources.items():
        shutil.copy(_PROGRAMS / source, folder / target)
    if bytecode:
        (folder / "pyproject.toml").write_text(f'[tool.scm]\nbytecode = ["{bytecode}"]\n')
    return build(folder, BuildOptions(), lambda report: None).wasm_path.read_bytes()


def _build_motoko(name: str, node: Path) -> bytes:
    out = node / f"{name}.wasm"
    source = _PROGRAMS / f"{name}.mo"
    subprocess.run(["node", "compile.cjs", source, out], cwd=node, check=True)
    return out.read_bytes()


def _build_c(name: str, scratch: Path) -> bytes:
    sources = [str(path) for path in _C_SOURCES[name]]
    out = f"{name}.wasm"
    run_zig_cc([*_C_FLAGS, "-o", out, *sources], scratch, default_cache().folder)
    return (scratch / out).read_bytes()
