"""Errors of the replica's own interface; what canisters do wrong comes back as `Rejected`."""

from __future__ import annotations

from scm.errors import ScmError


class InstallError(ScmError):
    """An install, reinstall or upgrade was refused; the canister is as before."""

    def __init__(self, code: int, message: str, error_code: str) -> None:
        self.code = code
        self.message = message
        self.error_code = error_code
        super().__init__(f"{message} ({error_code})")


class InvalidModule(Exception):  # noqa: N818 - a verdict on the user's bytes, turned into a reject
    """The platform would not install these bytes; `reason` says why."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class StuckError(ScmError):
    """Nothing is left to do, yet the call is not answered; the text says what is held."""


class ReplicaUsageError(ScmError):
    """The test asked for something that cannot be: an unknown canister, a bad index, and so on."""
