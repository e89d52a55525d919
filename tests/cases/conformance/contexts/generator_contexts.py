"""`contextlib.contextmanager`: values, cleanup, errors handled or changed, used as decorator."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def tag(name: str, out: list[str]) -> Iterator[int]:
    out.append(f"<{name}>")
    try:
        yield len(out)
    finally:
        out.append(f"</{name}>")


@contextmanager
def converting(out: list[str]) -> Iterator[None]:
    try:
        yield
    except KeyError as error:
        out.append("converted")
        raise ValueError(f"was {error}") from error
    except ZeroDivisionError:
        out.append("swallowed")


@contextmanager
def silent() -> Iterator[None]:
    if False:
        yield


def run() -> str:
    out: list[str] = []
    with tag("a", out) as first, tag("b", out) as second:
        out.append(f"{first}{second}")
    lines = ["".join(out)]
    out.clear()
    try:
        with tag("c", out), converting(out):
            raise KeyError("k")
    except ValueError as error:
        lines.append(f"{error} {type(error.__cause__).__name__} {''.join(out)}")
    out.clear()
    with converting(out):
        lines.append(str(1 // 0))
    lines.append("".join(out))

    @tag("deco", out)
    def decorated(word: str) -> str:
        out.append(word)
        return word.upper()

    lines.append(f"{decorated('x')} {decorated('y')} {''.join(out)}")
    try:
        with silent():
            pass
    except RuntimeError as runtime_error:
        lines.append(str(runtime_error))
    return "\n".join(lines)
