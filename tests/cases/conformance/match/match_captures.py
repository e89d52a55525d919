"""Capture patterns: names stay bound after the statement, `as`, wildcards, and no match."""


def split(command: str) -> str:
    match command.split():
        case []:
            return "empty"
        case [word]:
            return f"one {word}"
        case ["go", ("north" | "south") as direction]:
            return f"towards {direction}"
        case ["go", _]:
            return "nowhere"
        case ["say", *words]:
            text = " ".join(words)
        case [first, *_, last] as everything:
            return f"{first}..{last} of {len(everything)}"
    return f"said {text}"


def leftover(value: int) -> str:
    found = "unset"
    match value:
        case 1:
            found = "one"
        case other if other > 10:
            found = f"big {other}"
    return found


def bound(pair: tuple[int, int]) -> int:
    match pair:
        case (left, right):
            pass
    return left * 10 + right


def run() -> str:
    commands = ["", "look", "go north", "go up", "say hi there", "say", "take the red key"]
    lines = [split(command) for command in commands]
    lines += [leftover(1), leftover(11), leftover(2), str(bound((4, 2)))]
    return "\n".join(lines)
