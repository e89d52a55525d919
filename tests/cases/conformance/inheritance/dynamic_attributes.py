"""`getattr`, `setattr`, `hasattr`, `delattr`, `vars`, bound methods kept as values."""

from typing import Any


class Settings:
    theme = "light"

    def __init__(self) -> None:
        self.size = 10

    def grow(self, by: int = 1) -> int:
        self.size += by
        return self.size


def lookup(thing: Any, path: str) -> Any:
    for name in path.split("."):
        thing = getattr(thing, name)
    return thing


def run() -> str:
    settings = Settings()
    lines = [f"{getattr(settings, 'size')} {getattr(settings, 'none', 'default')}"]  # noqa: B009
    setattr(settings, "size", 20)  # noqa: B010
    lines.append(f"{settings.size} {hasattr(settings, 'theme')} {hasattr(settings, 'x')}")
    grow = settings.grow
    lines.append(f"{grow()} {grow(by=5)} {settings.size} {Settings.grow(settings, 10)}")
    lines.append(f"{grow.__name__} {grow.__self__ is settings} {settings.grow == grow}")  # type: ignore[attr-defined]
    lines.append(f"{lookup(settings, 'grow.__name__.upper')()}")
    lines.append(f"{vars(settings)} {sorted(n for n in dir(settings) if n[0] != '_')}")
    del settings.size
    lines.append(str(hasattr(settings, "size")))
    loose: Any = settings
    loose.extra = [1]
    lines.append(f"{loose.extra} {type(settings).theme} {type(settings).__name__}")
    return "\n".join(lines)
