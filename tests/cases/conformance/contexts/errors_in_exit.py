# differs: `with` of what is no context manager
"""Errors raised in `__enter__` and `__exit__`, and how they chain."""

from types import TracebackType


class Faulty:
    def __init__(self, log: list[str], at: str) -> None:
        self.log = log
        self.at = at

    def __enter__(self) -> "Faulty":
        self.log.append("enter")
        if self.at == "enter":
            raise RuntimeError("in enter")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.log.append(f"exit({error!r})")
        if self.at == "exit":
            raise RuntimeError("in exit")


def attempt(at: str, fails: bool) -> str:
    log: list[str] = []
    try:
        with Faulty(log, at):
            log.append("body")
            if fails:
                raise ValueError("in body")
    except (RuntimeError, ValueError) as error:
        log.append(f"{error} after {error.__context__!r}")
    return ", ".join(log)


def not_managers(values: list[object]) -> list[str]:
    found = []
    for value in values:
        try:
            with value:  # type: ignore[attr-defined]
                found.append("entered")
        except (TypeError, AttributeError) as error:
            found.append(type(error).__name__)
    return found


def run() -> str:
    lines = [attempt(at, fails) for at in ("none", "enter", "exit") for fails in (False, True)]
    lines.append(str(not_managers([5, "text", None])))
    return "\n".join(lines)
