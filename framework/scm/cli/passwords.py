"""Passwords of encrypted keys: from a file, or asked for on the terminal."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

from scm.errors import ConfigurationError


def ask_password(origin: str, file: Path | None) -> str:
    """The password of an identity; `origin` names it.

    Raises `ConfigurationError` if there is neither a file nor a terminal, or no such file.
    """
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise ConfigurationError(
                f"the password of {origin} can't be read from `{file}`: {reason}",
                "`--password-file` names a file that has the password",
            ) from error
    if sys.stdin is None or not sys.stdin.isatty():
        raise ConfigurationError(
            f"{origin} is encrypted, and there is no terminal to ask for the password",
            "name a file that has it: `--password-file FILE`",
        )
    return getpass.getpass(f"password of {origin}: ")


def choose_password(name: str, file: Path | None) -> str:
    """A new password, asked for twice unless it is in a file; raises `ConfigurationError`."""
    first = ask_password(f"the new identity `{name}`", file)
    if not first:
        raise ConfigurationError("the password is empty")
    if file is None and getpass.getpass("the same again: ") != first:
        raise ConfigurationError("the two passwords differ")
    return first
