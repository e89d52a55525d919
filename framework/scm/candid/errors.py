"""Errors of the Candid layer.  Compiled into every canister, hence apart from `scm.errors`."""

from typing import Final

_PATH_SHOWN: Final = 240
"""The longest path that a message shows whole."""


class CandidTypeError(ValueError):
    """A type that can't exist: colliding fields, an unknown name, a vacuous cycle."""


class CandidSyntaxError(ValueError):
    """Text that is no Candid, with the place: lines and columns count from 1."""

    def __init__(self, line: int, column: int, message: str) -> None:
        self.line = line
        self.column = column
        self.message = message
        super().__init__(f"{line}:{column}: {message}")


class EncodeError(ValueError):
    """A value that does not fit its type; `path` leads to it, as in `arg0.accounts[3].owner`."""

    def __init__(self, path: str, message: str) -> None:
        self.path = path
        self.message = message
        super().__init__(message)

    def __str__(self) -> str:
        return f"{self.message} at `{_shorten(self.path)}`" if self.path else self.message


class DecodeError(ValueError):
    """Bytes that are no Candid message of the expected types.

    `offset` counts bytes from the start of the message; `path` leads to the value, as in
    `arg0.accounts[3].owner`, and is empty for the header.
    """

    def __init__(self, offset: int, path: str, message: str) -> None:
        self.offset = offset
        self.path = path
        self.message = message
        super().__init__(message)

    def __str__(self) -> str:
        place = f" at `{_shorten(self.path)}`" if self.path else ""
        return f"{self.message}{place} (byte {self.offset})"


class CoercionError(DecodeError):
    """A well-formed value that does not fit the expected type; an enclosing opt makes it null."""


def _shorten(path: str) -> str:
    """A path for people: the middle of a long one is left out, as its ends tell the place."""
    if len(path) <= _PATH_SHOWN:
        return path
    kept = (_PATH_SHOWN - 3) // 2
    return f"{path[:kept]}...{path[-kept:]}"
