"""Literal patterns: numbers, texts, bytes, negative and complex ones, None and the booleans."""


def kind(value: object) -> str:
    match value:
        case None:
            return "none"
        case True:
            return "true"
        case False:
            return "false"
        case 0:
            return "zero"
        case -1 | 1:
            return "unit"
        case 1.5:
            return "one and a half"
        case "ab":
            return "text ab"
        case b"\x00":
            return "zero byte"
        case 2 + 3j:
            return "complex"
        case 1000000007:
            return "prime"
        case _:
            return "other"


def run() -> str:
    values: list[object] = [None, True, False, 0, 0.0, 1, -1, 1.0, 1.5, "ab", "a", b"\x00"]
    values += [2 + 3j, 10**9 + 7, 2**64, "", (), [0]]
    return "\n".join(f"{value!r}: {kind(value)}" for value in values)
