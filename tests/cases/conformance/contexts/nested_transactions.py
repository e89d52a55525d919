"""A transaction manager with nesting, commit, rollback, and reuse of one manager."""

from types import TracebackType


class Store:
    def __init__(self) -> None:
        self.values: dict[str, int] = {}
        self._saved: list[dict[str, int]] = []

    @property
    def depth(self) -> int:
        return len(self._saved)

    def __enter__(self) -> "Store":
        self._saved.append(dict(self.values))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        before = self._saved.pop()
        if kind is None:
            return False
        self.values = before
        return issubclass(kind, ArithmeticError)


def run() -> str:
    store = Store()
    lines = []
    with store:
        store.values["a"] = 1
        with store as again:
            again.values["b"] = 1 // int("0")
        lines.append(f"{store.values} {store.depth}")
        with store:
            store.values["c"] = 3
            with store:
                store.values["c"] = 4
                raise ZeroDivisionError
        lines.append(f"{store.values} {store.depth}")
    try:
        with store:
            store.values.clear()
            raise KeyError("not swallowed")
    except KeyError:
        lines.append("KeyError")
    lines.append(f"{store.values} {store.depth}")
    return "\n".join(lines)
