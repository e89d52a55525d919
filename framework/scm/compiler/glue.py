"""CanisterSpec + SlotPlan -> `scm_entry.py`: one small function per entry point.

The module is compiled together with the user's; it decodes arguments, calls the user's functions
directly and hands what they return to `scm.runtime.dispatch`.  Sample, `pay(vault, to, amount)`:

    def method_pay() -> None:
        to_: Principal
        amount_: int
        to_, amount_ = codec_argument_3()
        try:
            result = canister.pay(STORE.current(), to_, amount_)
        except Rejection as rejection:
            MACHINE.reject(rejection)
            return
        MACHINE.begin(result, codec_reply_4, 0x1)
"""

from __future__ import annotations

from typing import Final

from attrs import frozen

from scm.compiler.artefacts import (
    RAW,
    CanisterSpec,
    ClassSpec,
    HandlerSpec,
    MethodSpec,
    MigrationSpec,
    ServiceSpec,
    SlotEntry,
    SlotPlan,
    message_shapes,
)
from scm.compiler.codecs import CodecSource
from scm.compiler.controls import CONTROLS, control_entries
from scm.compiler.decode_quota import DEFAULT_QUOTA, DecodeQuota
from scm.compiler.glue_entries import Entry, entry_table
from scm.compiler.glue_handlers import HandlerGlue, reply_of, returns_none
from scm.compiler.glue_migrations import MigrationGlue
from scm.compiler.glue_store import StoreGlue
from scm.compiler.glue_timers import TimerGlue, timer_collections
from scm.compiler.lockfile import REFUSED_SLOT
from scm.compiler.shapes import ShapeTypes
from scm.compiler.timer_spec import TimerSpec
from scm.compiler.transitions import Transitions

GLUE_MODULE: Final = "scm_entry"

_PREAMBLE: Final = """\
from typing import Any, Final, cast, final
from scm.ic import Rejection
from scm.model import Principal
from scm.candid.values import Some
from scm.authoring.calls import Reply
from scm.authoring.references import CompositeQueryFunc, Func, OnewayFunc, QueryFunc
from scm.runtime import codecs, ic0
from scm.runtime.collection_types import CollectionTypes, check_collections, replaced_collection
from scm.runtime.collection_types import ValueMigrator, move_fields
from scm.runtime.controls import Controls
from scm.runtime.dispatch import Machine
from scm.runtime.forwarding import FORWARDS
from scm.runtime.handled import KeptResponses
from scm.runtime.handlers import Handler, StateStore
from scm.runtime.outgoing import CALLEES, encode_raw
from scm.runtime.proxied import ProxiedCalls
from scm.runtime.responses import raw_reply
from scm.runtime.migrations import NO_STEPS, Step, Steps
from scm.runtime.stored_types import refuse
from scm.runtime.upgrade import HandlerInterface
"""


@frozen
class Glue:
    """The glue module's source, that of the codecs, and the trampolines, in order."""

    source: str
    codecs_c: str
    entries: tuple[Entry, ...]


def write_glue(
    spec: CanisterSpec, plan: SlotPlan, types: ShapeTypes, quota: DecodeQuota = DEFAULT_QUOTA
) -> Glue:
    """Generate the glue module of a canister."""
    return _GlueWriter(spec, plan, types).glue(quota)


class _GlueWriter:
    def __init__(self, spec: CanisterSpec, plan: SlotPlan, types: ShapeTypes) -> None:
        self._spec: Final = spec
        self._plan: Final = plan
        self._transitions: Final = Transitions(spec, types)
        names = sorted({item.module for item in self._declared()})
        # Under numbers, a module of the user's can have any name that the glue uses itself.
        self._modules: Final = {name: f"m{number}" for number, name in enumerate(names)}
        classes = (*spec.classes, spec.state)
        collections = (*spec.collections, *timer_collections(spec))
        self._codecs: Final = CodecSource(classes, types, self._modules, collections)
        self._migrations: Final = MigrationGlue(spec, self._codecs)
        self._store: Final = StoreGlue(spec, self._codecs, self._migrations)
        self._handlers: Final = HandlerGlue(
            spec, plan, self._codecs, self._transitions, self._migrations
        )
        self._state: Final = self._codecs.name_of(spec.state.module, spec.state.name)
        self._timers: Final = TimerGlue(spec, plan, self._codecs, self._transitions)

    def glue(self, quota: DecodeQuota) -> Glue:
        self._codecs.number_funcs_from(sum(len(item.methods) for item in self._spec.services))
        body = [*self._names(), *self._store.lines(), *self._handlers.lines(), *self._machine()]
        body += self._timers.lines()
        entries = self._lifecycle_entries()
        body += [*self._init(), *self._fixed_functions()]
        for method in self._spec.methods:
            body += self._method(method)
            export = f"canister_{method.kind} {method.public_name}"
            entries.append(_entry(export, f"method_{method.name}"))
        entries += [_entry(f"canister_{kind} {name}", name) for kind, name in CONTROLS]
        for handler in self._spec.handlers:
            body += self._respond(handler)
            name = f"respond_{handler.name}"
            entries.append(Entry(f"scm_callback {handler.name}", name, "callback"))
        # The slot of a retired handler stays taken: a response that is late finds the orphan path,
        # or what rejects the caller.
        for entry in self._plan.handlers:
            if entry.status == "retired":
                function = f"retired_{entry.name}" if entry.answer else "orphan"
                body += _tombstone(entry) if entry.answer else []
                entries.append(Entry(f"scm_callback {entry.name}", function, "callback"))
        entries += self._timers.entries()
        body += self._callees()
        body += entry_table([entry.function for entry in entries])
        imports = [*self._store.imports(), *self._timers.imports()]
        imports += [f"import {name} as {alias}" for name, alias in self._modules.items()]
        codecs_c = self._codecs.c_source(quota)
        bindings = self._codecs.bindings()
        lines = [_PREAMBLE, *imports, "", *bindings, *self._codecs.lines, *body, ""]
        return Glue("\n".join(lines), codecs_c, tuple(entries))

    def _declared(
        self,
    ) -> list[ClassSpec | MethodSpec | HandlerSpec | TimerSpec | ServiceSpec | MigrationSpec]:
        init = [self._spec.init] if self._spec.init else []
        return [
            self._spec.state,
            *init,
            *self._spec.methods,
            *self._spec.handlers,
            *self._spec.timers,
            *self._spec.classes,
            *self._spec.services,
            *self._spec.migrations,
        ]

    def _lifecycle_entries(self) -> list[Entry]:
        return [
            _entry("canister_init", "canister_init"),
            _entry("canister_post_upgrade", "canister_post_upgrade"),
            Entry("scm_callback_cleanup", "cleanup", "callback"),
            Entry("scm_callback_orphan", "orphan", "callback"),
            Entry("scm_callback_handled", "finish_handled", "callback"),
            Entry("scm_callback_refused", "finish_refused", "callback"),
        ]

    def _callees(self) -> list[str]:
        """What the runtime knows of all callee methods, numbered as `native.py` numbers them."""
        methods = [method for service in self._spec.services for method in service.methods]
        packers = [
            self._codecs.function(
                "pack", method.arguments, f"the arguments of `{service.name}.{method.name}`"
            )
            for service in self._spec.services
            for method in service.methods
        ]
        packers += self._codecs.func_encoders()
        results = [message_shapes(method.result) for method in methods]
        results += [shape.results for shape in self._codecs.func_shapes]
        results.append((RAW,))
        readers = [f"{self._transitions.readers(shapes):#x}, " for shapes in results]
        texts = [f"{self._transitions.text(shapes)!r}, " for shapes in results]
        return [
            f"CALLEES.raw_codec = {len(packers)}",
            f"CALLEES.encoders = ({''.join(f'{name}, ' for name in packers)}encode_raw, )",
            f"CALLEES.readers = ({''.join(readers)})",
            f"CALLEES.results = ({''.join(texts)})",
            "",
        ]

    def _machine(self) -> list[str]:
        plan = self._plan
        slots = [plan.cleanup, REFUSED_SLOT, *(entry.slot for entry in plan.handlers)]
        slots += [] if plan.timer is None else [plan.timer]
        lines = ["MACHINE: Final = Machine(", "    STORE,", f"    {plan.cleanup},"]
        lines += [f"    {max(slots) + 1 - plan.cleanup},"]
        lines += ["    TABLE_INDICES[0], TABLE_INDICES[2], TABLE_INDICES[3],", "    {"]
        for handler in self._spec.handlers:
            # Referred to as a value, a compiled function is one object: a good key.
            function = self._codecs.name_of(handler.module, handler.name)
            lines.append(f"        {function}: HANDLER_{handler.name},")
        retired = {item.name: int(item.slot) for item in plan.handlers if item.answer}
        answers = {item.name: item.answer for item in plan.handlers if item.answer}
        lines += ["    },", "    NAMES,", f"    {retired!r},", f"    {answers!r},", ")"]
        repliers = f"{self._transitions.repliers(()):#x}"
        opened = "MACHINE.handlers, MACHINE.pending, MACHINE.cleanup_index, MACHINE.refused_index"
        return [*lines, f"FORWARDS.open({opened}, {repliers})", ""]

    def _names(self) -> list[str]:
        listed = "".join(f"{name!r}, " for _, name in self._codecs.names)
        return [f"NAMES: Final = ({listed})", ""]

    def _init(self) -> list[str]:
        init = self._spec.init
        if init is None:
            return [
                "def canister_init() -> None:",
                f"    {self._codecs.function('argument', [])}()",
                "    MACHINE.format(COLLECTED_TYPES)",
                f"    MACHINE.install({self._state}())",
                *self._timers.after_install(),
                "",
            ]
        arguments = [f"{item.name}_" for item in init.parameters]
        function = self._codecs.name_of(init.module, init.name)
        return [
            "def canister_init() -> None:",
            *self._read_arguments(init),
            "    MACHINE.format(COLLECTED_TYPES)",
            f"    MACHINE.install({function}({', '.join(arguments)}))",
            *self._timers.after_install(),
            "",
        ]

    def _fixed_functions(self) -> list[str]:
        return [
            "def canister_post_upgrade() -> None:",
            *self._timers.before_upgrade(),
            "    MACHINE.upgrade()",
            *self._timers.after_upgrade(),
            "def cleanup(env: int) -> None:",
            *self._timers.before_cleanup(),
            "    MACHINE.cleanup(env)",
            "def orphan(env: int) -> None:",
            "    MACHINE.orphan(env)",
            *control_entries(self._codecs),
            "",
        ]

    def _method(self, method: MethodSpec) -> list[str]:
        arguments = ["STORE.current()"] if method.takes_state else []
        arguments += [f"{item.name}_" for item in method.parameters]
        function = self._codecs.name_of(method.module, method.name)
        call = f"{function}({', '.join(arguments)})"
        run = [f"        result = {call}"]
        if returns_none(method):
            run = [f"        {call}"]
        return [
            f"def method_{method.name}() -> None:",
            *self._read_arguments(method),
            "    try:",
            *run,
            "    except Rejection as rejection:",
            "        MACHINE.reject(rejection)",
            "        return",
            *self._answer(method),
            "",
        ]

    def _answer(self, method: MethodSpec) -> list[str]:
        shapes = message_shapes(method.result)
        reply = self._codecs.function("reply", shapes, reply_of(method.name))
        if method.may_call:
            repliers = self._transitions.repliers(shapes)
            return [f"    MACHINE.begin(result, {reply}, {repliers:#x})"]
        answer = f"    {reply}({'None' if returns_none(method) else 'result'})"
        return [answer] if method.kind == "query" else [answer, "    STORE.flush()"]

    def _read_arguments(self, method: MethodSpec) -> list[str]:
        read = f"{self._codecs.function('argument', [item.shape for item in method.parameters])}()"
        match method.parameters:
            case ():
                return [f"    {read}"]
            case (only,):
                return [f"    {only.name}_: {self._codecs.python_type(only.shape)} = {read}"]
        names = [f"{item.name}_" for item in method.parameters]
        parts = zip(names, method.parameters, strict=True)
        return [
            f"    arguments: tuple[{', '.join('Any' for _ in names)}] = {read}",
            *(
                f"    {name}: {self._codecs.python_type(item.shape)} = arguments[{index}]"
                for index, (name, item) in enumerate(parts)
            ),
        ]

    def _respond(self, handler: HandlerSpec) -> list[str]:
        return [
            f"def respond_{handler.name}(env: int) -> None:",
            f"    MACHINE.respond(HANDLER_{handler.name}, env)",
            "",
        ]


def _tombstone(entry: SlotEntry) -> list[str]:
    """What stands at the slot of a retired handler that still answers."""
    return [
        f"def retired_{entry.name}(env: int) -> None:",
        f"    MACHINE.refuse(env, {entry.slot}, {entry.answer!r})",
        "",
    ]


def _entry(export: str, function: str) -> Entry:
    return Entry(export, function, "entry")
