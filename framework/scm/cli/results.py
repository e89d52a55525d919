"""Results that may have any character, printed where the terminal or pipe may not take them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scm.errors import ConfigurationError

if TYPE_CHECKING:
    from scm.cli.console import Console


def print_text(console: Console, text: str) -> None:
    """Print a result; raises `ConfigurationError` if its characters have no place in the output."""
    try:
        console.result(text)
    except UnicodeEncodeError as error:
        letter = ascii(error.object[error.start])
        raise ConfigurationError(
            f"standard output is `{error.encoding}`, which has no {letter}",
            "set `PYTHONIOENCODING=utf-8`",
        ) from error
