"""What a collection has instead of an engine until it is a field of the state."""

from __future__ import annotations

from typing import Final, NoReturn


class Missing:
    """A default that no value is."""


MISSING: Final = Missing()


class Detached:
    """Every use raises, so that a collection need not ask before it uses its engine."""

    def __init__(self, class_name: str) -> None:
        self._class_name: Final = class_name

    def __getattr__(self, name: str) -> NoReturn:
        self._refuse()

    def __call__(self, *args: object) -> NoReturn:
        self._refuse()

    def __len__(self) -> int:
        self._refuse()

    def __contains__(self, key: object) -> bool:
        self._refuse()

    def __getitem__(self, key: object) -> object:
        self._refuse()

    def __setitem__(self, key: object, value: object) -> None:
        self._refuse()

    def __delitem__(self, key: object) -> None:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise RuntimeError(f"a `{self._class_name}` works only as a field of the state")
