"""`ExitStack`: callbacks in reverse, managers added in a loop, `pop_all`, errors on the way."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, nullcontext


@contextmanager
def opened(name: str, log: list[str]) -> Iterator[str]:
    log.append(f"open {name}")
    if name == "bad":
        raise OSError("bad")
    yield name.upper()
    log.append(f"close {name}")


class Resource:
    def __init__(self, log: list[str]) -> None:
        self.log = log

    def close(self) -> None:
        self.log.append("closed")


def open_all(names: list[str], log: list[str]) -> ExitStack | None:
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(opened(name, log))
        return stack.pop_all()
    return None


def run() -> str:
    log: list[str] = []
    with ExitStack() as stack:
        values = [stack.enter_context(opened(name, log)) for name in ("a", "b")]
        stack.callback(log.append, "callback")
        stack.callback(lambda: log.append("lambda"))
        log.append("".join(values))
    lines = [", ".join(log)]
    log.clear()
    kept = open_all(["x", "y"], log)
    log.append("kept")
    if kept is not None:
        kept.close()
    lines.append(", ".join(log))
    log.clear()
    with closing(Resource(log)) as resource, nullcontext(5) as five:
        log.append(f"{five} {resource.log is log}")
    lines.append(", ".join(log))
    log.clear()
    with ExitStack() as swallowing:
        swallowing.push(lambda kind, error, trace: kind is KeyError and len(log) == 1)
        log.append("about to fail")
        raise KeyError("gone")
    lines.append(", ".join(log))  # type: ignore[unreachable, unused-ignore]
    return "\n".join(lines)
