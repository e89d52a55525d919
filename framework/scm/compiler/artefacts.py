"""Every type that passes between the compiler's stages; all frozen, nothing else here.

`source -> CanisterSpec -> SlotPlan -> CSources -> LinkedModule -> ... -> CanisterWasm`
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Literal, NewType

from attrs import Factory, frozen

from scm.compiler.decode_quota import DEFAULT_QUOTA, DecodeQuota
from scm.compiler.imports import AbsentImport, NativeModule
from scm.compiler.machine import EntryPoint
from scm.compiler.timer_spec import TimerSpec
from scm.errors import SourceSpan

Slot = NewType("Slot", int)
"""An index into the canister's function table, as given to `ic0.call_new`."""


@frozen
class ScalarShape:
    """A type without parts; `candid` is its Candid name: nat, nat8.., text, blob, null, ..."""

    candid: str


RAW: Final = ScalarShape("raw")
"""A whole message that is not decoded; as a type of Candid `reserved`, which any value fits."""


@frozen
class OptShape:
    """`inner | None`; `is_wrapped`: `Opt[inner]`, whose values are `Some(...)` or `None`."""

    inner: Shape
    is_wrapped: bool = False


@frozen
class VecShape:
    """`list[inner]` or `tuple[inner, ...]`."""

    inner: Shape
    container: Literal["list", "tuple"]


@frozen
class RecordShape:
    """A reference to a `@record` class, by module and name; its fields are in the spec."""

    module: str
    name: str


@frozen
class VariantShape:
    """A union of `@variant` cases (module, class name), in order of declaration.

    `name` is the module-level name that the union is bound to, or "" for one written in place.
    """

    name: str
    cases: tuple[tuple[str, str], ...]


@frozen
class TupleShape:
    """`tuple[A, B]`, a record whose ids are just 0, 1, 2 ..."""

    items: tuple[Shape, ...]


@frozen
class ServiceShape:
    """A reference to a canister with the methods of a `Service` class, by module and name."""

    module: str
    name: str


@frozen
class FuncShape:
    """A reference to a method: `Func[[A, B], R]`; `annotation` is Candid's, "" for an update."""

    arguments: tuple[Shape, ...]
    results: tuple[Shape, ...]
    annotation: str


@frozen
class ResultsShape:
    """`Results[A, B]`: several results of a method; no type of Candid by itself."""

    items: tuple[Shape, ...]


Shape = (
    ScalarShape
    | OptShape
    | VecShape
    | TupleShape
    | RecordShape
    | VariantShape
    | ServiceShape
    | FuncShape
    | ResultsShape
)


def message_shapes(shape: Shape | None) -> tuple[Shape, ...]:
    """The values of a message that carries a result: none, one, or those of a `Results[...]`."""
    match shape:
        case None:
            return ()
        case ResultsShape(items):
            return items
        case _:
            return (shape,)


# Discovery.


@frozen
class Project:
    """A canister project as read from disk: nothing in it depends on where the folder is.

    `dependencies` are modules of packages in the environment, `natives` what they need and no
    canister can have.  `bytecode` names modules of the project that are not to be compiled,
    `include` modules that no `import` names.
    """

    name: str
    root: Path
    main: str
    modules: tuple[SourceModule, ...]
    lock_path: Path
    quota: DecodeQuota = DEFAULT_QUOTA
    no_calls: bool = False
    dependencies: tuple[SourceModule, ...] = ()
    natives: tuple[NativeModule, ...] = ()
    bytecode: tuple[str, ...] = ()
    include: tuple[str, ...] = ()


@frozen
class SourceModule:
    """One module; `path` is relative to the project's root or a folder of packages, with `/`."""

    name: str
    path: str
    text: str
    absent: tuple[AbsentImport, ...] = ()


@frozen
class FieldSpec:
    """A field of a state, record or variant class; `default` is its source text, if it has one.

    `label` is its Candid name, or its id where it has none; "" means that it is `name`.
    """

    name: str
    shape: Shape
    default: str | None
    span: SourceSpan
    label: str | int = ""

    @property
    def candid_label(self) -> str | int:
        """The Candid name, or the id."""
        return self.name if self.label == "" else self.label


@frozen
class ClassSpec:
    """A `@record`, `@variant` or `@state` class; `tag` is that of a variant's case, or its id."""

    kind: Literal["record", "variant", "state"]
    module: str
    name: str
    tag: str | int
    fields: tuple[FieldSpec, ...]
    span: SourceSpan
    has_post_init: bool = False


CollectionKind = Literal["map", "set", "list", "heap", "bytes", "cell"]
"""What the engine makes of a collection; `runtime/store.py` has the numbers."""


@frozen
class CollectionSpec:
    """A durable collection: a state field of that name, or what such a field's values are.

    `key` is that of a map, the element of a set, the priority of a heap; a map has either `value`
    or `nested`.
    """

    name: str
    kind: CollectionKind
    class_name: str
    key: Shape | None
    value: Shape | None
    nested: CollectionSpec | None
    span: SourceSpan

    def levels(self) -> Iterator[CollectionSpec]:
        """The collection, and those that it is made of, outermost first."""
        level: CollectionSpec | None = self
        while level is not None:
            yield level
            level = level.nested


@frozen
class ParameterSpec:
    """A parameter that comes from the wire (the leading state parameter is not one)."""

    name: str
    shape: Shape


@frozen
class MethodSpec:
    """A public method or the init function; `result` is None where it returns nothing.

    `public_name` is what callers say, `name` the function's.
    """

    kind: Literal["init", "update", "query"]
    module: str
    name: str
    public_name: str
    takes_state: bool
    parameters: tuple[ParameterSpec, ...]
    result: Shape | None
    may_call: bool
    span: SourceSpan


@frozen
class HandlerSpec:
    """A response handler: what travels with the call, what the callee answers, what we reply.

    `on_trap`: the module and name of the function that cleans up after it; a response is refused
    after `valid_seconds` (0: never).  `is_join`: it takes a list of them.  `is_retryable`: they are
    kept before it runs.  `formerly` are its older names.
    """

    module: str
    name: str
    takes_context: bool
    context: Shape | None
    response: Shape | None
    result: Shape | None
    may_call: bool
    span: SourceSpan
    on_trap: tuple[str, str] | None = None
    valid_seconds: int = 0
    is_join: bool = False
    is_retryable: bool = False
    formerly: tuple[str, ...] = ()

    @property
    def waits_for(self) -> tuple[Shape, ...]:
        """What must stay as it is while calls wait: a list of responses is a vec."""
        results = message_shapes(self.response)
        if not self.is_join:
            return results
        only = results[0] if len(results) == 1 else TupleShape(results)
        return (VecShape(only if results else ScalarShape("null"), "list"),)


@frozen
class MigrationSpec:
    """One step of what makes today's value of an old one: from step `number` - 1 to `number`.

    `target` is a field of the state (`kind` is "field"), or a handler, whose context it is for.
    """

    kind: str
    target: str
    number: int
    module: str
    name: str
    old: Shape
    new: Shape
    span: SourceSpan


@frozen
class CalleeMethodSpec:
    """One method of a `Service` class; `result` is None for `()`.

    `public_name` is what the callee calls it, `annotation` is Candid's, "" for an update.
    """

    name: str
    arguments: tuple[Shape, ...]
    result: Shape | None
    public_name: str
    annotation: str


@frozen
class ServiceSpec:
    """A `Service` class: the typed interface of a callee."""

    module: str
    name: str
    methods: tuple[CalleeMethodSpec, ...]
    span: SourceSpan


@frozen
class CanisterSpec:
    """All that a canister's source declares."""

    name: str
    state: ClassSpec
    init: MethodSpec | None
    methods: tuple[MethodSpec, ...]
    handlers: tuple[HandlerSpec, ...]
    classes: tuple[ClassSpec, ...]
    services: tuple[ServiceSpec, ...]
    timers: tuple[TimerSpec, ...] = ()
    collections: tuple[CollectionSpec, ...] = ()
    """The fields of the state that are collections; `state` has the others."""

    renamed: tuple[tuple[str, str], ...] = ()
    """New and old names of state fields."""

    dropped: tuple[str, ...] = ()
    """Names of state fields of older versions, whose values are given up."""

    migrations: tuple[MigrationSpec, ...] = ()
    exports: Mapping[str, tuple[str, ...]] = Factory(dict)
    """The public names of each module, for those who import all of them with `*`."""
    machine: tuple[EntryPoint, ...] = ()  # Where each entry point may go next.


# Interface and plan.


@frozen
class Interface:
    """The canister's Candid service: `.did` text, and the init arguments' types as Candid text."""

    did: str
    init_args: str


@frozen
class SlotEntry:
    """One entry of `scm.lock`: a handler's slot and interface (Candid texts), never to be reused.

    `formerly`: its older names, under which calls may wait.  `answer`: the text with which a
    retired one rejects those who wait; "" if it answers nobody.  `migrations`: what each step of
    its contexts takes (Candid texts), the first one first.  `is_join`: it takes a list of
    responses, of a `join`.  `is_raw`: it takes them undecoded; `response` says `reserved` then.
    """

    name: str
    slot: Slot
    context: str
    response: str
    reply: str
    status: Literal["active", "retired"]
    formerly: tuple[str, ...] = ()
    answer: str = ""
    migrations: tuple[str, ...] = ()
    is_join: bool = False
    is_raw: bool = False


@frozen
class SlotPlan:
    """Where each callback stands in the function table; `timer` only where there are timers."""

    cleanup: Slot
    orphan: Slot
    handlers: tuple[SlotEntry, ...]
    timer: Slot | None = None
