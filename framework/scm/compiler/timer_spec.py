"""A timer handler as declared; part of `artefacts.py`, which has all the other specs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from scm.errors import SourceSpan

if TYPE_CHECKING:
    from scm.compiler.artefacts import Shape


@frozen
class TimerSpec:
    """A timer handler; `interval_seconds` is 0 unless it is one of `@every`.

    `result` is what it replies: nothing, as no one waits for it.  `formerly` are its older names.
    """

    module: str
    name: str
    context: Shape | None
    interval_seconds: int
    may_call: bool
    span: SourceSpan
    formerly: tuple[str, ...] = ()
    result: None = None
