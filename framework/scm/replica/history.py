"""A canister's history: who changed its code and controllers, and when.

Interface Spec, "Canister history".  The platform keeps at least the last 20 changes.  Nothing here
changes a state.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import Factory, define, frozen

from scm.candid.values import VariantValue
from scm.model import Principal

CHANGES_KEPT: Final = 20
CODE_DEPLOYMENT: Final = "code_deployment"

_CHANGE_BYTES: Final = 80  # About what the platform's record of a change takes,
_PRINCIPAL_BYTES: Final = 30  # and each controller in it.


@frozen
class ChangeOrigin:
    """Who asked for a change; a canister may tell its version."""

    principal: Principal
    is_canister: bool = False
    canister_version: int | None = None


@frozen
class Tag:
    """A variant's value, as a record that can be saved with the replica's state."""

    name: str
    fields: Mapping[str, object] | None = None


@frozen
class Change:
    """One entry; `details` is a value of the interface's `change_details`."""

    time_ns: int
    canister_version: int
    origin: ChangeOrigin
    details: Tag


@define
class History:
    """The last changes, and how many there were in all."""

    changes: list[Change] = Factory(list)
    count: int = 0

    def copy(self) -> History:
        """A history that goes on from the same changes."""
        return History(list(self.changes), self.count)

    @property
    def size_bytes(self) -> int:
        """About what the platform counts for it."""
        return sum(map(_size_bytes, self.changes))


def created(controllers: tuple[Principal, ...], variables_hash: bytes | None) -> Tag:
    """The details of a creation, a `change_details` of the management canister."""
    return Tag(
        "creation",
        {"controllers": list(controllers), "environment_variables_hash": variables_hash},
    )


def uninstalled() -> Tag:
    """The details of an uninstallation."""
    return Tag("code_uninstall")


def deployed(mode: str, module_hash: bytes) -> Tag:
    """The details of an install, reinstall or upgrade (`mode`); the hash is SHA-256."""
    return Tag(CODE_DEPLOYMENT, {"mode": Tag(mode), "module_hash": module_hash})


def controllers_changed(controllers: tuple[Principal, ...]) -> Tag:
    """The details of a change of controllers, with the new ones."""
    return Tag("controllers_change", {"controllers": list(controllers)})


def change_values(change: Change) -> dict[str, object]:
    """A `change` record."""
    return {
        "timestamp_nanos": change.time_ns,
        "canister_version": change.canister_version,
        "origin": _origin_value(change.origin),
        "details": _variant(change.details),
    }


def _variant(tag: Tag) -> VariantValue:
    if tag.fields is None:
        return VariantValue(tag.name)
    fields = {
        name: _variant(value) if isinstance(value, Tag) else value
        for name, value in tag.fields.items()
    }
    return VariantValue(tag.name, fields)


def _origin_value(origin: ChangeOrigin) -> VariantValue:
    if not origin.is_canister:
        return VariantValue("from_user", {"user_id": origin.principal})
    return VariantValue(
        "from_canister",
        {"canister_id": origin.principal, "canister_version": origin.canister_version},
    )


def _size_bytes(change: Change) -> int:
    controllers = (change.details.fields or {}).get("controllers", [])
    assert isinstance(controllers, list)
    return _CHANGE_BYTES + _PRINCIPAL_BYTES * len(controllers)
