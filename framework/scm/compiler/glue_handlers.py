"""The glue of response handlers: what runs each, and the table that the runtime has of them.

Sample, `@on_response def paid(vault: Vault, payout: Payout, response: Response[nat]) -> text`:

    def run_paid(state: object, context: object, response: object) -> object:
        return m0.paid(cast(m0.Vault, state), cast(m0.Payout, context), cast(Any, response))
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scm.compiler.artefacts import (
    RAW,
    CanisterSpec,
    HandlerSpec,
    MethodSpec,
    OptShape,
    ScalarShape,
    Shape,
    SlotPlan,
    message_shapes,
)
from scm.compiler.codecs import CodecSource, cast_to
from scm.compiler.glue_migrations import MigrationGlue
from scm.compiler.transitions import Transitions


class HandlerGlue:
    """Writes the lines."""

    def __init__(
        self,
        spec: CanisterSpec,
        plan: SlotPlan,
        codecs: CodecSource,
        transitions: Transitions,
        migrations: MigrationGlue,
    ) -> None:
        self._spec: Final = spec
        self._plan: Final = plan
        self._codecs: Final = codecs
        self._transitions: Final = transitions
        self._migrations: Final = migrations
        self._state: Final = codecs.name_of(spec.state.module, spec.state.name)
        self._has_proxies: Final = any(
            item.kind == "via" for entry in spec.machine for item in entry.transitions
        )

    def lines(self) -> list[str]:
        """The handlers."""
        lines = ["TABLE_INDICES: Final = ic0.callback_indices()", ""]
        slots = {entry.name: entry.slot for entry in self._plan.handlers}
        formerly = {entry.name: entry.formerly for entry in self._plan.handlers}
        for number, handler in enumerate(self._spec.handlers):
            context = message_shapes(handler.context)
            response = message_shapes(handler.response)
            result = message_shapes(handler.result)
            parts = (context, handler.waits_for, result)
            is_raw = response == (RAW,)
            read = "ic0.msg_arg_data" if is_raw else self._codecs.function("argument", response)
            decode = "raw_reply" if is_raw else self._codecs.function("decode", response)
            headers = [self._codecs.header(shapes) for shapes in parts]
            name = handler.name
            lines += [
                *self._run_handler(handler),
                *self._context_encoder(name, context),
                *self._on_trap(handler),
                *self._migrations.steps("handler", name, f"response handler `{name}`", context),
                f"def reply_to_{name}() -> object:",
                f"    return Reply({read}())",
                # In a function: the body of the module must not get too complex.
                f"def make_handler_{name}() -> Handler:",
                "    return Handler(",
                f"        {number}, {self._transitions.repliers(result):#x},",
                f"        HandlerInterface({name!r}, {slots[name]}, {headers[0]!r}, "
                f"{headers[1]!r}, {headers[2]!r}, {self._migrations.latest('handler', name)}, "
                f"{self._migrations.variable('handler', name)}, {handler.is_join}, {is_raw}),",
                f"        TABLE_INDICES[{number + 4}],",
                f"        run_{name}, context_of_{name},",
                f"        {self._codecs.function('decode', context)}, reply_to_{name},",
                f"        {decode},",
                f"        {self._codecs.function('reply', result, reply_of(name))},",
                f"        {f'on_trap_of_{name}' if handler.on_trap else None},",
                f"        {handler.valid_seconds}, {handler.is_join}, {formerly[name]!r}, "
                f"{handler.is_retryable},",
                "    )",
                f"HANDLER_{name}: Final = make_handler_{name}()",
                "",
            ]
        return lines

    def _context_encoder(self, name: str, shapes: Sequence[Shape]) -> list[str]:
        values = "context" if shapes else ""
        subject = f"the context of `{name}`"
        encode = f"{self._codecs.function('encode', shapes, subject)}({values})"
        return [
            f"def context_of_{name}(context: object) -> bytes:",
            f"    return cast(bytes, {encode})",
        ]

    def _on_trap(self, handler: HandlerSpec) -> list[str]:
        """What cleans up after a handler that traps."""
        if handler.on_trap is None:
            return []
        arguments = [f"cast({self._state}, state)"]
        if handler.takes_context and handler.context is not None:
            arguments.append(cast_to(self._codecs.python_type(handler.context), "context"))
        function = self._codecs.name_of(*handler.on_trap)
        return [
            f"def on_trap_of_{handler.name}(state: object, context: object) -> None:",
            f"    {function}({', '.join(arguments)})",
        ]

    def _run_handler(self, handler: HandlerSpec) -> list[str]:
        arguments = [f"cast({self._state}, state)"]
        if handler.takes_context and handler.context is not None:
            annotation = self._codecs.python_type(handler.context)
            arguments.append(cast_to(annotation, "context"))
        arguments.append("cast(Any, response)")
        call = f"{self._codecs.name_of(handler.module, handler.name)}({', '.join(arguments)})"
        return [
            f"def run_{handler.name}(state: object, context: object, response: object) -> object:",
            *self._call_lines(call, returns_none(handler)),
            "",
        ]

    def _call_lines(self, call: str, returns_nothing: bool) -> list[str]:
        lines = [f"    {call}", "    return None"] if returns_nothing else [f"    return {call}"]
        if not self._has_proxies:
            return lines
        # What a handler does goes on with what has begun: `via` is not refused while draining.
        return [
            "    FORWARDS.is_handling = True",
            "    try:",
            *(f"    {line}" for line in lines),
            "    finally:",
            "        FORWARDS.is_handling = False",
        ]


def reply_of(function: str) -> str:
    """What an `EncodeError` calls a reply."""
    return f"the reply of `{function}`"


def returns_none(function: MethodSpec | HandlerSpec) -> bool:
    """Whether it returns `None` and nothing else, or never: mypy lets no one use such a result."""
    empty = ScalarShape("empty")
    without = (None, ScalarShape("null"), empty, OptShape(empty))
    return function.result in without and not function.may_call
