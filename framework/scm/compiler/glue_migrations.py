"""The glue of migrations: the steps of each field, collection and handler."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from scm.compiler.artefacts import CanisterSpec, MigrationSpec, Shape
from scm.compiler.codecs import CodecSource, cast_to
from scm.compiler.collection_codecs import Level
from scm.compiler.rules_migrations import steps_by_target


class MigrationGlue:
    """Writes the lines; `codecs` has those of the old types, too."""

    def __init__(self, spec: CanisterSpec, codecs: CodecSource) -> None:
        self._codecs: Final = codecs
        self._steps: Final = steps_by_target(spec.migrations)

    def steps_of(self, kind: str, name: str) -> list[MigrationSpec]:
        """The steps of a target."""
        return self._steps.get((kind, name), [])

    def latest(self, kind: str, name: str) -> int:
        """How many steps what is written today has behind it."""
        steps = self.steps_of(kind, name)
        return steps[-1].number if steps else 0

    def steps(self, kind: str, name: str, owner: str, shapes: Sequence[Shape]) -> Iterator[str]:
        """The variable with the steps of a target whose values have these types today."""
        steps = self.steps_of(kind, name)
        for step in steps:
            function = self._codecs.name_of(step.module, step.name)
            old = cast_to(self._codecs.python_type(step.old), "old")
            yield f"def {_function(step)}(old: object) -> object:"
            yield f"    return {function}({old})"
        header = self._codecs.header(shapes)
        variable = self.variable(kind, name)
        # In a function: the body of the module must not get too complex.
        yield f"def make_{variable}() -> Steps:"
        yield f"    return Steps({owner!r}, {header!r}, ["
        for step in steps:
            header = self._codecs.header([step.old])
            decode = self._codecs.function("decode", [step.old])
            yield f"        Step({step.number}, {header!r}, {decode}, {_function(step)}),"
        yield "    ])"
        yield f"{variable}: Final = make_{variable}()"

    def variable(self, kind: str, name: str) -> str:
        """The name of that variable; collections of scm's own have a colon in theirs."""
        return f"STEPS_{kind}_{name.replace(':', '_')}"

    def migrator(self, level: Level) -> Iterator[str]:
        """What the engine calls for a value of an older schema; nothing if there are no steps."""
        name, value = level.spec.name, level.spec.value
        if value is None or not self.steps_of("field", name):
            return
        decode = self._codecs.function("decode", [value])
        yield f"MIGRATOR_{name}: Final = ValueMigrator("
        yield f"    {name!r}, {level.depth}, {self.variable('field', name)}, {decode}"
        yield ")"
        yield f"def migrate_{name}(schema: int, message: bytes) -> object:"
        yield f"    return MIGRATOR_{name}.migrate(schema, message)"
        yield f"collection_store.set_migrator({level.number}, migrate_{name})"


def _function(step: MigrationSpec) -> str:
    return f"step_{step.number}_of_{step.kind}_{step.target}"
