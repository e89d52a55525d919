"""The glue of the state: a subclass of `StateStore` with a cell per field, and the collections.

Plain fields are compared at the end of a message, and written to their cells.  A collection writes
itself; the glue makes its object at boot, and sees to it that the state keeps that one.
"""

from __future__ import annotations

from typing import Final

from scm.compiler.artefacts import (
    CanisterSpec,
    FieldSpec,
    OptShape,
    ScalarShape,
    TupleShape,
)
from scm.compiler.codecs import CodecSource
from scm.compiler.collection_codecs import ENGINE_KINDS, Level
from scm.compiler.glue_migrations import MigrationGlue


class StoreGlue:
    """Writes the lines; `codecs` has those of the cells and of the collections."""

    def __init__(self, spec: CanisterSpec, codecs: CodecSource, migrations: MigrationGlue) -> None:
        self._migrations: Final = migrations
        self._fields: Final = spec.state.fields
        self._names: Final = tuple(item.name for item in spec.collections)
        self._renamed: Final = spec.renamed
        self._dropped: Final = spec.dropped
        self._codecs: Final = codecs
        self._state: Final = codecs.name_of(spec.state.module, spec.state.name)
        self._has_timers: Final = bool(spec.timers)

    def imports(self) -> list[str]:
        """What the lines need besides the glue's own imports."""
        classes = sorted({level.spec.class_name for level in self._fields_levels()})
        cells = ["from scm.runtime.stable import Cell"] if self._fields else []
        if not classes:
            return cells
        return [
            *cells,
            f"from scm.collections import {', '.join(classes)}",
            "from scm.collections import fields as collection_fields",
            "from scm.runtime import store as collection_store",
        ]

    def lines(self) -> list[str]:
        """The collections and the store."""
        return [*self._collections(), *self._store(), "", "STORE: Final = Store()", ""]

    def _collections(self) -> list[str]:
        levels = self._codecs.levels
        lines = [line for level in levels for line in self._value_steps(level)]
        lines += ["COLLECTED_TYPES: Final[list[CollectionTypes]] = ["]
        lines += [f"    CollectionTypes({self._types(level)})," for level in levels]
        lines += ["]"]
        levels = self._fields_levels()
        if not levels:
            return [*lines, ""]
        for level in levels:
            if level.depth == 0:
                name = level.spec.name
                lines += [
                    f"COLLECTION_{name}: Final[Any] = {level.spec.class_name}()",
                    f"COLLECTION_{name}.attach(collection_store.open({level.number}))",
                    f"collection_fields.register({name!r}, COLLECTION_{name})",
                ]
        lines += ["def wrap_collection(number: int, engine: object) -> object:", "    made: Any"]
        for level in levels:
            if level.depth > 0:
                lines += [
                    f"    if number == {level.number}:",
                    f"        made = {level.spec.class_name}()",
                    "        made.attach(engine)",
                    "        return made",
                ]
        lines += ['    raise AssertionError("not nested")']
        lines.append("collection_store.set_wrapper(wrap_collection)")
        lines += [line for level in levels for line in self._migrations.migrator(level)]
        return [*lines, ""]

    def _value_steps(self, level: Level) -> list[str]:
        """The steps of the values, at the level that has some."""
        name, value = level.spec.name, level.spec.value
        if value is None:
            return []
        return list(self._migrations.steps("field", name, f"the values of `{name}`", [value]))

    def _fields_levels(self) -> tuple[Level, ...]:
        """Those of state fields: scm's own collections have no class."""
        return tuple(level for level in self._codecs.levels if level.spec.class_name)

    def _types(self, level: Level) -> str:
        value = level.spec.value
        header = b"" if value is None else self._codecs.header([value])
        kind = ENGINE_KINDS[level.spec.kind]
        steps = "NO_STEPS" if value is None else self._migrations.variable("field", level.spec.name)
        name = level.spec.name
        return f"{name!r}, {level.depth}, {kind}, {level.signature!r}, {header!r}, {steps}"

    def _store(self) -> list[str]:
        state = self._state
        lines = [
            line
            for item in self._fields
            for line in self._migrations.steps(
                "field", item.name, f"state field `{item.name}`", [item.shape]
            )
        ]
        lines += ["@final", "class Store(StateStore):", f"    state: {state} | None"]
        types = {item.name: self._codecs.python_type(item.shape) for item in self._fields}
        lines += [f"    saved_{name}: {annotation}" for name, annotation in types.items()]
        lines += [f"    cell_{name}: Cell | None" for name in types]
        lines += [
            "    def __init__(self) -> None:",
            "        super().__init__()",
            "        self.state = None",
            *(f"        self.cell_{name} = None" for name in types),
            f"    def current(self) -> {state}:",
            "        state = self.state",
            "        if state is None:",
            '            raise RuntimeError("the canister has no state: it was not installed")',
            "        return state",
            "    def adopt(self, state: object) -> None:",
            f"        adopted = cast({state}, state)",
            "        self.state = adopted",
            *self._check_collections("adopted"),
        ]
        for item in self._fields:
            lines += [f"        self.saved_{item.name} = adopted.{item.name}"]
            lines += [f"        {self._write_cell(item, 'adopted')}"]
        lines += ["    def flush(self) -> None:", "        state = self.current()"]
        lines += self._check_collections("state")
        for item in self._fields:
            store = self._codecs.function("store", [item.shape], f"state field `{item.name}`")
            cell = f"self.cell_{item.name}"
            lines += [f"        if {_changed(item)}:"]
            lines += [f"            if not {store}({cell}, state.{item.name}):"]
            lines += [f"                {self._write_cell(item, 'state')}"]
            lines += [f"                {cell} = self.directory.cells[{item.name!r}]"]
            lines += [f"            self.saved_{item.name} = state.{item.name}"]
        lines += ["        TIMERS.settle()"] if self._has_timers else []
        return [*lines, *self._load()]

    def _check_collections(self, state: str) -> list[str]:
        lines = []
        for name in self._names:
            lines += [f"        if {state}.{name} is not COLLECTION_{name}:"]
            lines += [f"            raise replaced_collection({name!r})"]
        return lines

    def _stored_names(self) -> list[str]:
        if not self._renamed and not self._dropped:
            return []
        words = f"{self._renamed!r}, {self._dropped!r}"
        return [f"        move_fields(self.directory, {words}, reasons)"]

    def _load(self) -> list[str]:
        plain = tuple(item.name for item in self._fields)
        lines = [
            "    def load(self) -> None:",
            "        self.directory.load()",
            "        reasons: list[str] = []",
            *self._stored_names(),
            f"        plain = {plain!r}",
            "        check_collections(COLLECTED_TYPES, plain, self.directory, NAMES, reasons)",
            "        fields: dict[str, Any] = {}",
        ]
        for item in self._fields:
            decode = self._codecs.function("decode", [item.shape])
            steps = self._migrations.variable("field", item.name)
            lines += [
                f"        cell = self.directory.cells.get({item.name!r})",
                "        if cell is not None:",
                "            stored = cell.read()",
                f"            if {steps}.fits(cell.step, stored, NAMES, reasons):",
                f"                fields[{item.name!r}] = "
                f"{steps}.migrate(cell.step, stored, {decode})",
            ]
            if isinstance(item.shape, OptShape) and item.default is None:
                lines += ["        else:", f"            fields[{item.name!r}] = None"]
            elif item.default is None:
                message = f"state field `{item.name}` is new and has no default"
                lines += ["        else:", f"            reasons.append({message!r})"]
        lines += ["        refuse(reasons)"]
        lines += [f"        fields[{name!r}] = COLLECTION_{name}" for name in self._names]
        lines += [f"        state = {self._state}(**fields)", "        self.state = state"]
        for item in self._fields:
            # What is stored stays as it is until it changes, so that a way back loses nothing.
            lines += [
                f"        self.saved_{item.name} = state.{item.name}",
                f"        if {self._is_to_write(item)}:",
                f"            {self._write_cell(item, 'state')}",
            ]
        return lines

    def _is_to_write(self, item: FieldSpec) -> str:
        """A test whether a field is new, or was migrated."""
        latest = self._migrations.latest("field", item.name)
        is_new = f"{item.name!r} not in self.directory.cells"
        if not latest:
            return is_new
        return f"{is_new} or self.directory.cells[{item.name!r}].step != {latest}"

    def _write_cell(self, item: FieldSpec, state: str) -> str:
        encode = self._codecs.function("encode", [item.shape], f"state field `{item.name}`")
        latest = self._migrations.latest("field", item.name)
        step = f", {latest}" if latest else ""
        return f"self.directory.write({item.name!r}, {encode}({state}.{item.name}){step})"


def _changed(item: FieldSpec) -> str:
    """A test whether a field differs from what is stored.

    Values are immutable, so another object is the sign of change, and a cheap one; numbers compare
    by value.  A float that equals 0.0 is always written: -0.0 equals it too.
    """
    new, old = f"state.{item.name}", f"self.saved_{item.name}"
    match item.shape:
        case ScalarShape("float32" | "float64"):
            return f"{new} != {old} or {new} == 0.0"
        case ScalarShape("null"):
            return "False"
        case TupleShape() | ScalarShape("reserved" | "empty"):
            return "True"  # mypyc keeps tuples as structs: there is no object to compare.
        case ScalarShape(candid) if candid != "principal":
            return f"{new} != {old}"
        case _:
            return f"{new} is not {old}"
