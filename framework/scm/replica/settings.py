"""A canister's settings: defaults, bounds, and who may see what.

Interface Spec, "IC method update_settings".  Controllers are kept beside them, since the System
API asks for those.  Nothing here changes a state.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final, cast

from attrs import evolve, frozen

from scm.candid.values import VariantValue
from scm.model import Principal

CONTROLLERS_MAX: Final = 10
VIEWERS_MAX: Final = 10
VARIABLES_MAX: Final = 20
VARIABLE_BYTES_MAX: Final = 128  # Of a name, and of a value.

_ENDS: Final = {
    # Setting -> its name in the platform's errors, the largest value, and how the range is written.
    "compute_allocation": ("ComputeAllocation", 100, "[0..100]"),
    "memory_allocation": ("MemoryAllocation", (1 << 64) - 1, f"[0..{(1 << 64) - 1}]"),
    "freezing_threshold": ("Freezing threshold", (1 << 64) - 1, "of [0..2^64-1]"),
    "reserved_cycles_limit": ("Reserved cycles limit", (1 << 128) - 1, "of [0..2^128-1]"),
    "minimum_incoming_canister_call_cycles": (
        "Minimum incoming canister call cycles",
        (1 << 128) - 1,
        "of [0..2^128-1]",
    ),
    "wasm_memory_limit": ("Wasm memory limit", 1 << 48, "of [0..2^48]"),
    "wasm_memory_threshold": ("Wasm memory threshold", 1 << 48, "of [0..2^48]"),
}
_VISIBILITIES: Final = ("log_visibility", "snapshot_visibility", "status_visibility")

_CONTRACT_VIOLATION: Final = 504
_INVALID_PAYLOAD: Final = 408


@frozen
class Visibility:
    """Who sees something besides the controllers: nobody, all, or those in `viewers`."""

    tag: str = "controllers"
    viewers: tuple[Principal, ...] = ()

    def shows_to(self, viewer: Principal) -> bool:
        """Whether someone who is no controller sees it."""
        return self.tag == "public" or viewer in self.viewers


@frozen
class Settings:
    """All settings but the controllers, with the defaults of a new canister."""

    compute_allocation: int = 0
    memory_allocation: int = 0
    freezing_threshold: int = 2_592_000
    reserved_cycles_limit: int = 5_000_000_000_000
    minimum_incoming_canister_call_cycles: int = 0
    log_visibility: Visibility = Visibility()
    snapshot_visibility: Visibility = Visibility()
    status_visibility: Visibility = Visibility()
    wasm_memory_limit: int = 0
    wasm_memory_threshold: int = 0
    environment_variables: tuple[tuple[str, str], ...] = ()
    """Names and values, in the order of the names."""


class InvalidSettings(Exception):  # noqa: N818 - a verdict on the caller's values, becomes a reject
    """The platform would not take these settings."""

    def __init__(self, error_code: int, message: str) -> None:
        self.error_code = error_code
        self.message = message
        super().__init__(message)


def changed_settings(settings: Settings, wanted: Mapping[str, object]) -> Settings:
    """The settings with those of a `canister_settings` record that are given.

    Raises `InvalidSettings`.
    """
    changes: dict[str, object] = {}
    for name, (label, maximum, interval) in _ENDS.items():
        value = wanted[name]
        if value is None:
            continue
        assert isinstance(value, int)
        if value > maximum:
            message = f"{label} expected to be in the range {interval}, got {value}"
            raise InvalidSettings(_CONTRACT_VIOLATION, message)
        changes[name] = value
    for name in _VISIBILITIES:
        if wanted[name] is not None:
            changes[name] = _visibility(wanted[name])
    if wanted["environment_variables"] is not None:
        changes["environment_variables"] = _variables(wanted["environment_variables"])
    return evolve(settings, **changes)  # type: ignore[arg-type]  # By name, checked above.


def wanted_controllers(wanted: Mapping[str, object]) -> tuple[Principal, ...] | None:
    """The controllers of a `canister_settings` record, if given.  Raises `InvalidSettings`."""
    if wanted["controllers"] is None:
        return None
    controllers = cast("list[Principal]", wanted["controllers"])
    _check_count(len(controllers), CONTROLLERS_MAX)
    return tuple(dict.fromkeys(controllers))


def settings_values(settings: Settings, controllers: tuple[Principal, ...]) -> dict[str, object]:
    """A `definite_canister_settings` record."""
    values: dict[str, object] = {"controllers": list(controllers)}
    for name in _ENDS:
        values[name] = getattr(settings, name)
    for name in _VISIBILITIES:
        visibility = getattr(settings, name)
        viewers = list(visibility.viewers) if visibility.tag == "allowed_viewers" else None
        values[name] = VariantValue(visibility.tag, viewers)
    values["environment_variables"] = [
        {"name": name, "value": value} for name, value in settings.environment_variables
    ]
    return values


def variables_hash(settings: Settings) -> bytes:
    """The hash of all environment variables, as the canister's history has it."""
    pairs = sorted(
        hashlib.sha256(name.encode()).digest() + hashlib.sha256(value.encode()).digest()
        for name, value in settings.environment_variables
    )
    return hashlib.sha256(b"".join(pairs)).digest()


def _visibility(value: object) -> Visibility:
    assert isinstance(value, VariantValue)
    viewers = tuple(cast("list[Principal]", value.value or ()))
    _check_count(len(viewers), VIEWERS_MAX)
    return Visibility(str(value.tag), viewers)


def _check_count(count: int, maximum: int) -> None:
    # On the platform these lists have a bounded type, so too long a one does not decode.
    if count > maximum:
        message = (
            "Error decoding candid: Deserialize error: The number of elements exceeds maximum "
            f"allowed {maximum}"
        )
        raise InvalidSettings(_INVALID_PAYLOAD, message)


def _variables(value: object) -> tuple[tuple[str, str], ...]:
    records = cast("list[dict[str, str]]", value)
    variables = {record["name"]: record["value"] for record in records}
    if len(variables) < len(records):
        message = "Duplicate environment variables are not allowed"
        raise InvalidSettings(_INVALID_PAYLOAD, message)
    if len(variables) > VARIABLES_MAX:
        message = f"Too many environment variables: {len(variables)} (max: {VARIABLES_MAX})"
        raise InvalidSettings(_INVALID_PAYLOAD, message)
    for name, content in variables.items():
        for what, text in (("name", name), ("value", content)):
            if len(text.encode()) > VARIABLE_BYTES_MAX:
                message = (
                    f'Environment variable {what} "{text}" exceeds the maximum allowed length of '
                    f"{VARIABLE_BYTES_MAX}."
                )
                raise InvalidSettings(_INVALID_PAYLOAD, message)
    return tuple(sorted(variables.items()))
