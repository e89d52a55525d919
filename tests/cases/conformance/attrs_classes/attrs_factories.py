"""Factories, defaults that depend on other fields, `__attrs_post_init__`, `kw_only`."""

from attrs import Factory, define, field


@define
class Node:
    name: str
    path: str = field()
    links: list[str] = Factory(list)
    size: int = field(init=False, default=0)

    @path.default
    def _default_path(self) -> str:
        return f"/{self.name}"

    def __attrs_post_init__(self) -> None:
        self.size = len(self.name) + len(self.links)


@define(kw_only=True)
class Settings:
    depth: int = 2
    name: str
    _hidden: int = 9

    def reveal(self) -> int:
        return self._hidden


def run() -> str:
    lines = [repr(Node("a")), repr(Node("bc", "/top/bc", ["x", "y"]))]
    lines.append(str(Node("a").links is Node("a").links))
    settings = Settings(name="s", hidden=4)
    lines.append(f"{settings} {settings.reveal()}")
    try:
        Settings(3)  # type: ignore[call-arg]
    except TypeError as error:
        lines.append(type(error).__name__)
    return "\n".join(lines)
