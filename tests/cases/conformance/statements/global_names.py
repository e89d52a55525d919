# refused: module-state
"""`global` and module-level names: changed, shadowed, created by a function, deleted."""

count = 0
names: list[str] = []
shadowed = "module"


def increase(by: int = 1) -> int:
    global count
    count += by
    return count


def shadow() -> str:
    shadowed = "local"
    return shadowed.upper()


def nested() -> int:
    count = 100

    def inner() -> int:
        global count
        count += 10
        return count

    return inner() + count


def remember(name: str) -> list[str]:
    names.append(name)
    return names


def reset() -> None:
    global count, names
    count = 0
    names = []


def run() -> str:
    reset()
    lines = [f"{increase()} {increase(5)} {count}", f"{shadow()} {shadowed}"]
    lines.append(f"{nested()} {count}")
    lines.append(f"{remember('a')} {remember('b') is names}")
    before = names
    reset()
    lines.append(f"{count} {names} {before}")
    lines.append(f"{'count' in globals()} {globals()['shadowed']}")
    return "\n".join(lines)
