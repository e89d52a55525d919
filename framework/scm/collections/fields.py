"""The collections of the running canister, by the names of their state fields.

The generated glue registers them at boot; the constructor of the native state class asks for them
here, whatever it was given.
"""

from __future__ import annotations

from typing import Any, Final

_FIELDS: Final[dict[str, Any]] = {}
_TAKEN: Final[set[str]] = set()


def register(name: str, collection: object) -> None:
    """Make `collection` the one of state field `name`."""
    _FIELDS[name] = collection


def attached(name: str) -> Any:
    """The collection of state field `name`, for the one state object that there is.

    Raises RuntimeError for a second one, which would share the first one's collections.
    """
    if name not in _FIELDS:
        raise RuntimeError("a state object is made while the modules are imported")
    if name in _TAKEN:
        raise RuntimeError(
            "a second state object was made: the function marked @init makes the only one, and "
            "all others are given it"
        )
    _TAKEN.add(name)
    return _FIELDS[name]
