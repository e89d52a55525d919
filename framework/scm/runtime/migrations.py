"""Steps that make today's value of one that an older version stored.

What is stored says how many steps it has behind it (decision 19): 0 if there
were none then.  A step takes the type that was in use before it; Candid's subtyping reads what was
stored as that type, as everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, final

from scm.runtime.stored_types import explain_type


@final
class Step:
    """One step: its number, the header of the type that it takes, and how it is run."""

    def __init__(
        self,
        number: int,
        header: bytes,
        decode: Callable[[bytes], object],
        run: Callable[[object], object],
    ) -> None:
        self.number: Final = number
        self.header: Final = header
        self.decode: Final = decode
        self.run: Final = run


@final
class Steps:
    """All steps of a target that this code has, ascending without gaps; `owner` is for messages."""

    def __init__(self, owner: str, header: bytes, steps: list[Step]) -> None:
        self.owner: Final = owner
        self.header: Final = header
        self.steps: Final = steps
        self.latest: Final = steps[-1].number if steps else 0

    def explain(self, step: int, stored: bytes, names: tuple[str, ...]) -> str | None:
        """Why values with header `stored`, `step` steps on, can't be read; None if they can.

        Strict: no value may turn into null on the way, which plain Candid decoding would allow.
        `names` are those of all record fields and variant tags, for the message.
        """
        first = self.steps[0].number if self.steps else 1
        if step > self.latest:
            return (
                f"it is at step {step} of its migrations, and this code has steps up to "
                f"{self.latest}: it is older than what is stored"
            )
        if step < self.latest and step + 1 < first:
            return (
                f"it needs migration {step + 1}, and this code begins with {first}: upgrade to a "
                "version between first"
            )
        return explain_type(self.owner, stored, self._header_after(step), names)

    def fits(self, step: int, stored: bytes, names: tuple[str, ...], reasons: list[str]) -> bool:
        """Whether values with header `stored`, `step` steps on, can be read; else adds why not."""
        if step == self.latest and stored.startswith(self.header):
            return True
        problem = self.explain(step, stored, names)
        if problem is not None:
            reasons.append(f"the type of {self.owner} changed: {problem}")
        return problem is None

    def migrate(self, step: int, message: bytes, decode: Callable[[bytes], object]) -> object:
        """Today's value of a message that was written `step` steps on; `decode` reads today's."""
        if step == self.latest:
            return decode(message)
        index = self._index_after(step)
        value = self.steps[index].decode(message)
        for item in self.steps[index:]:
            value = item.run(value)
        return value

    def _header_after(self, step: int) -> bytes:
        return self.header if step == self.latest else self.steps[self._index_after(step)].header

    def _index_after(self, step: int) -> int:
        """Where the next step of what is `step` steps on is; an upgrade has seen that there is."""
        return step + 1 - self.steps[0].number


NO_STEPS: Final = Steps("nothing", b"", [])
"""Of collections that have no values of their own."""
