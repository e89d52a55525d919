"""A metaclass that collects and changes classes, with keyword arguments and `__prepare__`."""

from typing import Any


class Registry(type):
    classes: dict[str, type] = {}  # noqa: RUF012

    @classmethod
    def __prepare__(cls, name: str, bases: tuple[type, ...], **kwargs: Any) -> dict[str, object]:  # type: ignore[override]
        return {"made_by": cls.__name__}

    def __new__(
        cls, name: str, bases: tuple[type, ...], names: dict[str, Any], tag: str = ""
    ) -> "Registry":
        names["tag"] = tag or name.lower()
        made = super().__new__(cls, name, bases, names)
        cls.classes[name] = made
        return made

    def __init__(
        cls, name: str, bases: tuple[type, ...], names: dict[str, Any], tag: str = ""
    ) -> None:
        super().__init__(name, bases, names)

    def __len__(cls) -> int:
        return len([name for name in vars(cls) if not name.startswith("_")])

    def __contains__(cls, name: str) -> bool:
        return name in vars(cls)


class Plugin(metaclass=Registry):
    tag: str
    made_by: str

    def work(self) -> str:
        return f"{self.tag} by {self.made_by}"


class Special(Plugin, tag="sp"):
    extra = 1


def run() -> str:
    lines = [Plugin().work(), Special().work(), " ".join(sorted(Registry.classes))]
    lines.append(f"{len(Special)} {'extra' in Special} {'extra' in Plugin}")
    lines.append(
        f"{type(Special).__name__} {isinstance(Special, Registry)} {type(Special()).__name__}"
    )
    return "\n".join(lines)
