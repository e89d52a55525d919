"""The collections of the running canister, by the names of their state fields.

The generated glue registers them at boot; the constructor of the native state class asks for them
here, whatever it was given.
"""

from __future__ import annotations

from typing import Any, Final

_FIELDS: Final[dict[str, Any]] = {}


def register(name: str, collection: object) -> None:
    """Make `collection` the one of state field `name`."""
    _FIELDS[name] = collection


def attached(name: str) -> Any:
    """The collection of state field `name`."""
    if name not in _FIELDS:
        raise RuntimeError("a state object is made while the modules are imported")
    return _FIELDS[name]
