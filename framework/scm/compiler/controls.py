"""The methods for controllers that every canister has, and their entries in the glue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scm.compiler.artefacts import OptShape, ScalarShape, Shape
from scm.compiler.codecs import CodecSource, cast_to

CONTROLS: Final = (
    ("query", "scm_status"),
    ("query", "scm_stable_read"),
    ("query", "scm_pending"),
    ("update", "scm_answer"),
    ("update", "scm_retry"),
    ("update", "scm_discard"),
    ("update", "scm_drain"),
    ("update", "scm_proxied"),
    ("update", "scm_handle"),
)
"""What every canister has besides the user's methods, kind and name: for its controllers, and the
last two for its proxies and for itself."""

_WITH_ARGUMENTS: Final = (
    ("scm_pending", "CONTROLS.pending_calls", ("nat64", "nat64")),
    ("scm_answer", "CONTROLS.answer", ("nat32", "blob?", "text?")),
    ("scm_retry", "CONTROLS.retry", ("nat32",)),
    ("scm_discard", "CONTROLS.discard", ("nat32",)),
    ("scm_drain", "CONTROLS.drain", ("bool",)),
    ("scm_proxied", "PROXIED.deliver", ("nat64", "blob?", "nat32", "text")),
)
"""Each with the method of `runtime/controls.py` or `proxied.py` behind it; `?`: an opt."""


def control_entries(codecs: CodecSource) -> Iterator[str]:
    """The functions behind the methods."""
    yield "HANDLED: Final = KeptResponses(MACHINE)"
    yield "CONTROLS: Final = Controls(MACHINE, HANDLED)"
    yield "PROXIED: Final = ProxiedCalls(MACHINE)"
    yield "def scm_handle() -> None:"
    yield f"    HANDLED.run({codecs.function('argument', [ScalarShape('nat32')])}())"
    yield "def finish_handled(env: int) -> None:"
    yield "    HANDLED.finish(env)"
    yield "def finish_refused(env: int) -> None:"
    yield "    HANDLED.finish_refused(env)"
    yield "def scm_status() -> None:"
    yield "    CONTROLS.status()"
    yield "def scm_stable_read() -> None:"
    yield "    CONTROLS.stable_read()"
    for name, method, types in _WITH_ARGUMENTS:
        shapes = [_shape(item) for item in types]
        read = f"{codecs.function('argument', shapes)}()"
        yield f"def {name}() -> None:"
        if len(shapes) == 1:
            only = cast_to(codecs.python_type(shapes[0]), read)
            yield f"    {method}({only})"
            continue
        arguments = [
            cast_to(codecs.python_type(shape), f"arguments[{index}]")
            for index, shape in enumerate(shapes)
        ]
        yield f"    arguments: tuple[{', '.join('Any' for _ in shapes)}] = {read}"
        yield f"    {method}({', '.join(arguments)})"


def _shape(name: str) -> Shape:
    return OptShape(ScalarShape(name[:-1])) if name.endswith("?") else ScalarShape(name)
