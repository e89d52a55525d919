"""What the generated code hands to `dispatch.py`: the response handlers, and the state's keeper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, final

from scm.runtime import stable
from scm.runtime.upgrade import HandlerInterface


@final
class Handler:
    """A response handler as the runtime sees it.

    `number` counts the handlers of this build, and is its bit in masks: `repliers` are those that
    can reply in its stead.  `table_index` is where the table has it (its slot, if pinned).
    `on_trap` cleans up after it if it traps; a response is refused after `valid_seconds`, if not 0.
    """

    def __init__(
        self,
        number: int,
        repliers: int,
        interface: HandlerInterface,
        table_index: int,
        run: Callable[[object, object, object], object],
        encode_context: Callable[[object], bytes],
        decode_context: Callable[[bytes], object],
        read_reply: Callable[[], object],
        decode_reply: Callable[[bytes], object],
        reply: Callable[[object], None],
        on_trap: Callable[[object, object], None] | None,
        valid_seconds: int,
        is_join: bool,
        formerly: tuple[str, ...],
        is_retryable: bool,
    ) -> None:
        self.number: Final = number
        self.repliers: Final = repliers
        self.interface: Final = interface
        self.table_index: Final = table_index
        self.run: Final = run
        self.encode_context: Final = encode_context
        self.decode_context: Final = decode_context
        self.read_reply: Final = read_reply
        self.decode_reply: Final = decode_reply
        self.reply: Final = reply
        self.on_trap: Final = on_trap
        self.valid_seconds: Final = valid_seconds
        self.is_join: Final = is_join
        self.formerly: Final = formerly
        self.is_retryable: Final = is_retryable

    def context_of(self, step: int, stored: bytes) -> object:
        """Today's context of one that was stored `step` migrations on."""
        if step == self.interface.step:
            return self.decode_context(stored)
        assert self.interface.contexts is not None
        return self.interface.contexts.migrate(step, stored, self.decode_context)

    def is_named(self, name: str) -> bool:
        """Whether it has this name, or had it once."""
        return name == self.interface.name or name in self.formerly


class StateStore:
    """The state object and its cells; the compiler generates a subclass per canister."""

    def __init__(self) -> None:
        self.directory: Final = stable.Directory()

    def current(self) -> object:
        """The state object."""
        raise AssertionError("generated")

    def flush(self) -> None:
        """Write the fields that changed in this message."""
        raise AssertionError("generated")

    def adopt(self, state: object) -> None:
        """Take over the first state, and write all of it."""
        raise AssertionError("generated")

    def load(self) -> None:
        """Read the state from its cells, after an upgrade."""
        raise AssertionError("generated")
