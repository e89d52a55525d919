"""Or-patterns that bind the same names, nested alternatives, and `as` around them."""


def area(shape: tuple[object, ...]) -> str:
    match shape:
        case ("box", int(w), int(h)) | ("rectangle", int(w), int(h)) | ("square", int(w) as h):
            return f"{w}x{h}={w * h}"
        case ("circle" | "disc" as name, (int() | float()) as radius):
            return f"{name} {radius * 2}"
        case ("line", ((a, b) | [a, b, _])):
            return f"line {a} {b}"
        case ("point",) | ():
            return "none"
        case (str() as name, *_) if name.isupper():
            return f"loud {name}"
        case _:
            return f"unknown {len(shape)}"


def weekday(day: str) -> str:
    match day.lower():
        case "sat" | "sun":
            return "rest"
        case "mon" | "tue" | "wed" | "thu" | "fri":
            return "work"
        case other:
            return f"{other}?"


def run() -> str:
    shapes: list[tuple[object, ...]] = [("box", 2, 3), ("rectangle", 4, 5), ("square", 6)]
    shapes += [("box", 2.0, 3), ("disc", 1.5), ("circle", 2), ("line", (1, 2)), ("line", [3, 4, 5])]
    shapes += [("point",), (), ("LOUD", 1), ("quiet", 1)]
    lines = [area(shape) for shape in shapes]
    lines.append(" ".join(weekday(day) for day in ("Sat", "MON", "xyz")))
    return "\n".join(lines)
