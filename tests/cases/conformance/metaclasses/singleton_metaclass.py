# refused: module-state
"""Metaclasses with `__call__`: singletons, counted objects, class properties."""

from typing import Any, ClassVar


class Single(type):
    _made: ClassVar[dict[type, object]] = {}

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls not in Single._made:
            Single._made[cls] = super().__call__(*args, **kwargs)
        return Single._made[cls]

    @property
    def label(cls) -> str:
        return f"<{cls.__name__}>"


class Config(metaclass=Single):
    def __init__(self, value: int = 0) -> None:
        self.value = value


class Other(Config):
    pass


def run() -> str:
    Single._made.clear()
    first, second = Config(5), Config(6)
    lines = [f"{first is second} {second.value} {Config().value}"]
    lines.append(f"{Other(7).value} {Other() is first} {Other().value}")
    lines.append(f"{Config.label} {Other.label}")
    lines.append(str(hasattr(first, "label")))
    lines.append(str(len(Single._made)))
    return "\n".join(lines)
