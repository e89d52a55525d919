"""Observers, commands with undo, a visitor and a builder: methods kept and called later."""

from __future__ import annotations

from collections.abc import Callable


class Cell:
    def __init__(self, value: int = 0) -> None:
        self._value = value
        self._watchers: list[Callable[[int, int], None]] = []

    def watch(self, watcher: Callable[[int, int], None]) -> Callable[[], None]:
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    @property
    def value(self) -> int:
        return self._value

    @value.setter
    def value(self, value: int) -> None:
        before, self._value = self._value, value
        if before != value:
            for watcher in list(self._watchers):
                watcher(before, value)


class Editor:
    def __init__(self) -> None:
        self.text = ""
        self._undo: list[Callable[[], None]] = []

    def insert(self, text: str) -> Editor:
        before = self.text
        self.text += text
        self._undo.append(lambda: setattr(self, "text", before))
        return self

    def delete(self, count: int) -> Editor:
        cut = self.text[-count:]
        self.text = self.text[:-count]

        def restore() -> None:
            self.text += cut

        self._undo.append(restore)
        return self

    def undo(self) -> Editor:
        if self._undo:
            self._undo.pop()()
        return self


def run() -> str:
    log: list[str] = []
    cell, double = Cell(1), Cell()
    stop = cell.watch(lambda before, after: log.append(f"{before}>{after}"))
    cell.watch(lambda _, after: setattr(double, "value", after * 2))
    cell.value = 5
    cell.value = 5
    cell.value += 1
    stop()
    cell.value = 7
    lines = [f"{log} {double.value}"]
    editor = Editor().insert("hello").insert(" world").delete(3)
    lines.append(editor.text)
    lines.append(" | ".join(editor.undo().text for _ in range(4)))
    return "\n".join(lines)
