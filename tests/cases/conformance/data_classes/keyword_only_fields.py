"""`KW_ONLY`, `kw_only=True`, and required fields after ones with defaults."""

from dataclasses import KW_ONLY, dataclass, field


@dataclass
class Request:
    path: str
    method: str = "GET"
    _: KW_ONLY
    retries: int = 3
    token: str


@dataclass(kw_only=True)
class Options:
    depth: int = 1
    name: str


@dataclass
class Deeper(Options):
    extra: int
    last: str = field(default="z", kw_only=True)


def run() -> str:
    lines = [repr(Request("/a", token="t")), repr(Request("/b", "PUT", retries=0, token="u"))]
    lines.append(repr(Options(name="n", depth=4)))
    lines.append(repr(Deeper(7, name="m")))
    for call in (
        lambda: Request("/c", "GET", 5, "t"),  # type: ignore[call-arg]
        lambda: Request("/c"),  # type: ignore[call-arg]
        lambda: Options(1, "x"),  # type: ignore[call-arg]
    ):
        try:
            lines.append(repr(call()))
        except TypeError as error:
            lines.append(type(error).__name__)
    lines.append(str(Request.__match_args__))
    return "\n".join(lines)
