"""The process that imports the user's modules (`discovery_worker.py`), seen from the compiler.

To start takes it as long as the compiler, so `scm build` starts both at the same time.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import scm

IMPORT_SECONDS_MAX: Final = 60
_WORKER: Final = "scm.compiler.discovery_worker"


class DiscoveryProcess:
    """A process that answers one request.  A context manager: at its end the process is gone."""

    def __init__(self) -> None:
        # Nothing of the caller's environment or folder may change what the import finds.
        self._process: Final = subprocess.Popen(
            [sys.executable, "-B", "-P", "-s", "-m", _WORKER],
            env={"PYTHONPATH": str(Path(scm.__file__).resolve().parents[1]), "PYTHONHASHSEED": "0"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )

    def __enter__(self) -> DiscoveryProcess:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._process.returncode is None:
            with (
                self._process
            ):  # What the user's code has started may go on, and is not waited for.
                self._process.kill()

    def answer(self, request: str) -> subprocess.CompletedProcess[str]:
        """Hand over the request and wait; raises `TimeoutExpired` of `subprocess`."""
        output, errors = self._process.communicate(request, IMPORT_SECONDS_MAX)
        return subprocess.CompletedProcess(
            self._process.args, self._process.returncode, output, errors
        )
