"""What is running and for how long, on one line of a terminal that is overwritten in place."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Final, TextIO

REDRAW_SECONDS: Final = 0.2
_CLEAR: Final = "\r\x1b[2K"


def wants_progress(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether to show progress: on a terminal that a person looks at."""
    return stream.isatty() and environment.get("TERM") != "dumb" and not environment.get("CI")


class Progress:
    """A line for what is running; whoever writes something else calls `stop` before.

    A thread draws it every fifth of a second, so that what takes a moment only is never shown; with
    `ticks` off, only `draw` does.
    """

    def __init__(
        self, stream: TextIO, clock: Callable[[], float] = time.monotonic, *, ticks: bool = True
    ) -> None:
        self._stream: Final = stream
        self._clock: Final = clock
        self._ticks: Final = ticks
        self._lock: Final = threading.Lock()
        self._what = ""
        self._since = 0.0
        self._is_drawn = False
        self._stopped = threading.Event()

    def start(self, what: str) -> None:
        """Show that `what` is running, from now on."""
        self.stop()
        self._what, self._since, self._stopped = what, self._clock(), threading.Event()
        if self._ticks:
            threading.Thread(target=self._tick, args=(self._stopped,), daemon=True).start()

    def draw(self) -> None:
        """Write the line as it is now."""
        with self._lock:
            self._draw()

    def stop(self) -> None:
        """Remove the line; nothing is running, or something else is to be written."""
        with self._lock:
            self._stopped.set()
            if self._is_drawn:
                self._stream.write(_CLEAR)
                self._stream.flush()
                self._is_drawn = False

    def _draw(self) -> None:
        seconds = self._clock() - self._since
        self._stream.write(f"{_CLEAR}{self._what:<12} {'...':<56} {seconds:>6.1f} s")
        self._stream.flush()
        self._is_drawn = True

    def _tick(self, stopped: threading.Event) -> None:
        while not stopped.wait(REDRAW_SECONDS):
            with self._lock:
                if stopped.is_set():
                    return
                self._draw()
