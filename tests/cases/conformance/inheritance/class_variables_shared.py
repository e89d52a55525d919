# refused: module-state
"""Class variables: shared, shadowed in objects and subclasses, changed through the class."""

from typing import ClassVar


class Counter:
    total: ClassVar[int] = 0
    names: ClassVar[list[str]] = []
    step = 1

    def __init__(self, name: str) -> None:
        Counter.total += 1
        self.names.append(name)
        self.name = name

    @classmethod
    def reset(cls) -> None:
        cls.total = 0
        cls.names.clear()

    def advance(self) -> int:
        return Counter.total * self.step


class Fast(Counter):
    step = 10
    names: ClassVar[list[str]] = []


def run() -> str:
    Counter.reset()
    Fast.names.clear()
    Fast.step = 10
    one, two, fast = Counter("one"), Counter("two"), Fast("fast")
    lines = [f"{Counter.total} {Counter.names} {Fast.names} {one.names is two.names}"]
    lines.append(f"{one.advance()} {fast.advance()} {Fast.total}")
    two.step = 7
    lines.append(f"{two.step} {one.step} {Counter.step} {two.advance()}")
    Fast.step = 20
    lines.append(f"{fast.step} {one.step}")
    lines.append(f"{'step' in vars(two)} {'step' in vars(Fast)}")
    Fast.reset()
    lines.append(f"{Counter.total} {Fast.total} {Counter.names} {Fast.names}")
    del Fast.total
    lines.append(str(Fast.total))
    return "\n".join(lines)
