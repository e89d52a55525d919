"""What a build is asked for, and what it reports."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from attrs import frozen

STAGES: Final = (
    *("discover", "interface", "plan", "runtime", "translate", "compile", "link"),
    *("snapshot", "verify"),
)
"""In their order."""


@frozen
class BuildOptions:
    """What the command line may ask of a build; `output` is None for `build/` in the project.

    `emit`: names of the stages whose results are kept as files.  `pin` is off for measurements and
    demonstrations only: without it, an upgrade breaks calls in flight.  `lock_from`: a deployed
    module, from which a slot file that is lost or damaged is rebuilt.
    """

    output: Path | None = None
    emit: frozenset[str] = frozenset()
    pin: bool = True
    retire: frozenset[str] = frozenset()
    lock_from: Path | None = None


@frozen
class StageReport:
    """One finished stage: what came out of it, how long it took, whether it was in the cache.

    `notes`: what its user should know of it, a line each.
    """

    stage: str
    summary: str
    seconds: float
    cached: bool = False
    notes: tuple[str, ...] = ()


@frozen
class BuildResult:
    """The finished canister: its path, size, and the module hash that the IC will report."""

    wasm_path: Path
    size_bytes: int
    module_hash: str
