"""`handle.method(...)`: a method of a canister, called like one of Python's."""

from __future__ import annotations

from collections.abc import Callable

from scm.errors import ScmError


def attribute_call(
    call: Callable[..., object], method: str, mistake: Callable[[str], ScmError]
) -> Callable[..., object]:
    """A function that calls `method` by `call`; `mistake` makes the error of a wrong use.

    Special names are Python's own questions (copying, pickling), never Candid methods: they raise
    `AttributeError`.
    """
    if method.startswith("__"):
        raise AttributeError(method)

    def call_method(*arguments: object, **named: object) -> object:
        if named:
            raise mistake(
                f"`{method}` takes its arguments by position, as Candid gives them no names: leave"
                f" out `{next(iter(named))}=`"
            )
        return call(method, *arguments)

    return call_method
