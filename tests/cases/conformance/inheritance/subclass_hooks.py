# refused: module-state
"""`__init_subclass__`: a registry of subclasses, keyword arguments, checks."""

from typing import Any, ClassVar


class Handler:
    names: ClassVar[dict[str, type["Handler"]]] = {}
    key = ""

    def __init_subclass__(cls, key: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.key = key or cls.__name__.lower()
        Handler.names[cls.key] = cls

    def handle(self, text: str) -> str:
        return f"{self.key}:{text}"


class Upper(Handler):
    def handle(self, text: str) -> str:
        return super().handle(text.upper())


class Reverse(Handler, key="rev"):
    def handle(self, text: str) -> str:
        return super().handle(text[::-1])


class Twice(Upper, key="two"):
    def handle(self, text: str) -> str:
        return super().handle(text * 2)


def run() -> str:
    lines = [str(list(Handler.names)), f"{Handler.key!r} {Upper.key} {Twice.key}"]
    lines += [Handler.names[key]().handle("ab") for key in ("upper", "rev", "two")]
    lines.append(Handler().handle("x"))
    lines.append(" ".join(cls.__name__ for cls in Handler.__subclasses__()))
    return "\n".join(lines)
