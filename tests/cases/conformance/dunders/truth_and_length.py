"""`__bool__` and `__len__` in conditions, `and`/`or`, `not`, `any`, `all`, `filter`."""


class Switch:
    def __init__(self, on: bool, log: list[str]) -> None:
        self.on = on
        self.log = log

    def __bool__(self) -> bool:
        self.log.append("on" if self.on else "off")
        return self.on

    def __repr__(self) -> str:
        return f"S{int(self.on)}"


class Sized:
    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return self.size


class Both(Sized):
    def __bool__(self) -> bool:
        return True


def run() -> str:
    log: list[str] = []
    on, off = Switch(True, log), Switch(False, log)
    lines = [f"{on and off} {off and on} {on or off} {off or on} {not on} {log}"]
    log.clear()
    lines.append(f"{'yes' if on else 'no'} {any([off, on, off])} {all([on, off, on])} {log}")
    log.clear()
    while off:
        lines.append("never")
    lines.append(f"{[*filter(None, [on, off, on])]} {bool(off)} {len(log)}")
    lines.append(f"{bool(Sized(0))} {bool(Sized(2))} {bool(Both(0))} {not Sized(0)}")
    try:
        len(Sized(-1))
    except ValueError as error:
        lines.append(str(error))
    lines.append(str([name for name, value in {"a": Sized(1), "b": Sized(0)}.items() if value]))
    return "\n".join(lines)
