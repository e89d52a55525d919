"""Context managers as classes: values, suppression, errors passed in, several at once."""

from types import TracebackType
from typing import Self


class Step:
    def __init__(self, name: str, log: list[str], swallows: bool = False) -> None:
        self.name = name
        self.log = log
        self.swallows = swallows

    def __enter__(self) -> Self:
        self.log.append(f"+{self.name}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        self.log.append(f"-{self.name}:{kind.__name__ if kind else None}:{trace is not None}")
        return self.swallows


def nested(log: list[str]) -> str:
    with Step("a", log) as a, Step("b", log, True), Step("c", log):
        log.append(a.name)
        raise KeyError("x")
    return "after"  # type: ignore[unreachable, unused-ignore]


def returning(log: list[str]) -> str:
    for name in "pqr":
        with Step(name, log) as step:
            if name == "p":
                continue
            return step.name
    return "none"


def run() -> str:
    lines = []
    log: list[str] = []
    lines.append(f"{nested(log)}: {' '.join(log)}")
    log.clear()
    lines.append(f"{returning(log)}: {' '.join(log)}")
    log.clear()
    try:
        with (
            Step("outer", log),
            Step("inner", log),
        ):
            raise ValueError("v")
    except ValueError as error:
        log.append(str(error))
    lines.append(" ".join(log))
    return "\n".join(lines)
