"""The glue of timers: their handlers, collections and entry points, where a canister has any.

Sample, `@on_timer def remind(shop: Shop, reminder: Reminder) -> None`:

    def run_timer_remind(state: object, context: object) -> object:
        m0.remind(cast(m0.Shop, state), cast(m0.Reminder, context))
        return None
"""

from __future__ import annotations

from typing import Final

from scm.candid.table import encode_header
from scm.candid.types import Field, Record, Type, TypeEnv, Vec, primitive_types
from scm.compiler.artefacts import (
    CanisterSpec,
    CollectionSpec,
    ScalarShape,
    Shape,
    SlotPlan,
    TupleShape,
)
from scm.compiler.codecs import CodecSource, cast_to
from scm.compiler.glue_entries import TIMER_METHODS, Entry
from scm.compiler.glue_migrations import MigrationGlue
from scm.compiler.plan import TIMER_SLOT
from scm.compiler.timer_spec import TimerSpec
from scm.compiler.transitions import Transitions

_NAT32: Final = ScalarShape("nat32")
_NAT64: Final = ScalarShape("nat64")
_TEXT: Final = ScalarShape("text")

_TIMER: Final = TupleShape(
    (
        _TEXT,  # The handler.
        _NAT64,  # When it is due,
        _NAT64,  # and when it is tried next.
        ScalarShape("blob"),  # The context.
        _TEXT,  # The name, if any.
        ScalarShape("nat8"),  # The status.
        _NAT32,  # How often it was tried,
        _NAT64,  # and has failed.
        _NAT32,  # `env` of the call that fires it.
        _TEXT,  # The last error.
    )
)
"""What is stored of a timer, as in `Timers.put`."""

_LISTED: Final = {
    "id": "nat64",
    "failures": "nat64",
    "status": "text",
    "handler": "text",
    "name": "text",
    "attempts": "nat64",
    "error": "text",
    "due_ns": "nat64",
}
"""What `scm_timers` tells of a timer, as `timer_messages.py` writes it."""

_METHODS: Final[dict[str, tuple[str, tuple[Shape, ...]]]] = {
    "scm_fire_timer": ("fire", (_NAT64, _NAT32)),
    "scm_timers": ("list", (_NAT64, _NAT64)),
    "scm_retry_timer": ("retry", (_NAT64,)),
    "scm_discard_timer": ("discard", (_NAT64,)),
}
"""What each is of `TimerMessages`, and its arguments."""


def timer_collections(spec: CanisterSpec) -> tuple[CollectionSpec, ...]:
    """The canister's own collections; a field of the state can't have such a name."""
    if not spec.timers:
        return ()
    span = spec.timers[0].span
    due = TupleShape((_NAT64, _NAT64))
    return (
        CollectionSpec("scm:timers", "map", "", _NAT64, _TIMER, None, span),
        CollectionSpec("scm:timers_due", "set", "", due, None, None, span),
        CollectionSpec("scm:timers_named", "map", "", _TEXT, _NAT64, None, span),
    )


class TimerGlue:
    """Writes the lines; without timers, those of the check that none are lost."""

    def __init__(
        self, spec: CanisterSpec, plan: SlotPlan, codecs: CodecSource, transitions: Transitions
    ) -> None:
        self._timers: Final = spec.timers
        self._slot: Final = plan.timer or TIMER_SLOT
        self._codecs: Final = codecs
        self._transitions: Final = transitions
        self._migrations: Final = MigrationGlue(spec, codecs)
        self._state: Final = codecs.name_of(spec.state.module, spec.state.name)

    def imports(self) -> list[str]:
        """What the lines need besides the glue's own imports."""
        if not self._timers:
            return ["from scm.runtime.timer_upgrade import leave_timers"]
        return [
            "from scm.runtime.timer_messages import TimerMessages",
            "from scm.runtime.timer_upgrade import install_timers, upgrade_timers",
            "from scm.runtime.timers import TIMERS, TimerHandler",
        ]

    def lines(self) -> list[str]:
        """The handlers and the entry points."""
        if not self._timers:
            return []
        lines = [line for timer in self._timers for line in self._handler(timer)]
        lines += ["TIMERS.open(", "    {"]
        for timer in self._timers:
            function = self._codecs.name_of(timer.module, timer.name)
            lines.append(f"        {function}: TIMER_{timer.name},")
        number = next(
            level.number for level in self._codecs.levels if level.spec.name == "scm:timers"
        )
        reply = self._codecs.function("reply", (), "the reply of a timer")
        lines += ["    },", "    STORE.directory,", f"    {number},", ")"]
        lines += [
            "TIMER_MESSAGES: Final = TimerMessages(",
            f"    MACHINE, TIMERS, {self._slot}, TABLE_INDICES[len(TABLE_INDICES) - 1],",
            f"    {reply}, {self._transitions.repliers(()):#x}, {_listed_header()!r},",
            ")",
            "def canister_global_timer() -> None:",
            "    TIMER_MESSAGES.begin()",
            "def finish_timer(env: int) -> None:",
            "    TIMER_MESSAGES.finish(env)",
        ]
        for name, (method, shapes) in _METHODS.items():
            read = f"{self._codecs.function('argument', shapes)}()"
            values = ", ".join(f"a{index}" for index in range(len(shapes)))
            types = "int" if len(shapes) == 1 else "tuple[int, int]"
            target = "a0" if len(shapes) == 1 else "both"
            lines += [f"def {name}() -> None:", f"    {target}: {types} = {read}"]
            lines += [] if len(shapes) == 1 else [f"    {values} = both"]
            lines += [f"    TIMER_MESSAGES.{method}({values})"]
        return [*lines, ""]

    def entries(self) -> list[Entry]:
        """The entry points; the callback is the last of all."""
        if not self._timers:
            return []
        methods = [Entry(f"canister_{kind} {name}", name, "entry") for kind, name in TIMER_METHODS]
        timer = Entry("canister_global_timer", "canister_global_timer", "entry")
        return [timer, *methods, Entry("scm_callback_timer", "finish_timer", "callback")]

    def after_install(self) -> list[str]:
        """The end of `canister_init`."""
        return ["    install_timers(TIMERS)"] if self._timers else []

    def before_upgrade(self) -> list[str]:
        """The start of `canister_post_upgrade`."""
        return ["    TIMERS.close()"] if self._timers else []

    def after_upgrade(self) -> list[str]:
        """The end of `canister_post_upgrade`."""
        if self._timers:
            return ["    upgrade_timers(TIMERS, NAMES)"]
        return [f"    leave_timers(STORE.directory, MACHINE.pending, {self._slot})"]

    def before_cleanup(self) -> list[str]:
        """The start of the cleanup callback."""
        if not self._timers:
            return []
        return ["    if TIMER_MESSAGES.clean_up(env):", "        return"]

    def _handler(self, timer: TimerSpec) -> list[str]:
        name = timer.name
        shapes = () if timer.context is None else (timer.context,)
        arguments = [f"cast({self._state}, state)"]
        if timer.context is not None:
            arguments.append(cast_to(self._codecs.python_type(timer.context), "context"))
        call = f"{self._codecs.name_of(timer.module, name)}({', '.join(arguments)})"
        run = [f"    return {call}"] if timer.may_call else [f"    {call}", "    return None"]
        encode = self._codecs.function("encode", shapes, f"the context of `{name}`")
        interval_ns = timer.interval_seconds * 1_000_000_000
        return [
            f"def run_timer_{name}(state: object, context: object) -> object:",
            *run,
            f"def context_of_timer_{name}(context: object) -> bytes:",
            f"    return cast(bytes, {encode}({'context' if shapes else ''}))",
            *self._migrations.steps("handler", name, f"timer handler `{name}`", shapes),
            # In a function: the body of the module must not get too complex.
            f"def make_timer_{name}() -> TimerHandler:",
            "    return TimerHandler(",
            f"        {name!r}, {timer.formerly!r}, {interval_ns},",
            f"        {self._migrations.variable('handler', name)},",
            f"        run_timer_{name}, context_of_timer_{name},",
            f"        {self._codecs.function('decode', shapes)},",
            "    )",
            f"TIMER_{name}: Final = make_timer_{name}()",
            "",
        ]


def _listed_header() -> bytes:
    scalars: dict[str, Type] = {repr(type): type for type in primitive_types()}
    record = Record([Field(name, scalars[candid]) for name, candid in _LISTED.items()])
    assert [field.name for field in record.fields] == list(_LISTED)  # By the ids of the labels.
    return encode_header([Vec(record)], TypeEnv({}))
