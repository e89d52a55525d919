"""Which handler may take which call: its response type takes the callee's, its reply the caller's.

mypy compares the Python types only, and several types of Candid have one in common: `nat` and
`nat8` are `int`, `Results[A, B]` and `tuple[A, B]` are `tuple`.  So the declared types are compared
here, for the calls that the syntax shows (`rules_responses.py`) and, in the canister, for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from scm.compiler.artefacts import CanisterSpec, HandlerSpec, Shape, message_shapes
from scm.compiler.shapes import ShapeTypes, explain_texts


class Transitions:
    """The answers for one canister; `types` has all types that it uses."""

    def __init__(self, spec: CanisterSpec, types: ShapeTypes) -> None:
        self._handlers: Final = spec.handlers
        self._types: Final = types
        self._reasons: Final[dict[tuple[str, str], str | None]] = {}

    def text(self, shapes: Sequence[Shape]) -> str:
        """The types of a message, as diagnostics show them."""
        return self._types.text(shapes)

    def explain_response(self, results: Sequence[Shape], handler: HandlerSpec) -> str | None:
        """Why `handler` can't read what a method with these results answers; None if it can."""
        return self._explain(results, message_shapes(handler.response))

    def explain_reply(self, handler: HandlerSpec, results: Sequence[Shape]) -> str | None:
        """Why `handler` can't reply for a method with these results; None if it can."""
        return self._explain(message_shapes(handler.result), results)

    def readers(self, results: Sequence[Shape]) -> int:
        """The handlers that can read these results: bit N for the handler with number N."""
        return _bits(self.explain_response(results, item) is None for item in self._handlers)

    def repliers(self, results: Sequence[Shape]) -> int:
        """The handlers that can reply with these results, as bits."""
        return _bits(self.explain_reply(item, results) is None for item in self._handlers)

    def _explain(self, sub: Sequence[Shape], super: Sequence[Shape]) -> str | None:
        texts = (self.text(sub), self.text(super))
        if texts not in self._reasons:
            self._reasons[texts] = None if texts[0] == texts[1] else explain_texts(*texts)
        return self._reasons[texts]


def _bits(flags: Iterable[bool]) -> int:
    return sum(1 << number for number, flag in enumerate(flags) if flag)
