# differs: a keyword given twice
"""`*` and `**` in calls and displays: several, of any iterable, in order."""

# ruff: noqa: PIE800, PIE804

from collections.abc import Iterator


def show(*args: object, **kwargs: object) -> str:
    named = [f"{name}={value}" for name, value in kwargs.items()]
    return " ".join([*map(str, args), *named])


def numbers() -> Iterator[int]:
    yield 1
    yield 2


def forward(*args: object, **kwargs: object) -> str:
    return show("fwd", *args, last=True, **kwargs)


def average(*values: float) -> float:
    return sum(values) / len(values) if values else 0.0


def run() -> str:
    table = {"x": 1, "y": 2}
    lines = [show(*"ab", *numbers(), *table, **table, z=3)]
    lines.append(show(0, *(), *[5], 6, **{}, **{"k": None}))
    lines.append(forward(1, 2, a="b"))
    lines.append(f"{average()} {average(1)} {average(*range(5))} {average(*[1.5, 2.5], 5)}")
    lines.append(f"{[*numbers(), *'xy', *table]} { {*numbers(), 1} } {(*numbers(),)}")
    lines.append(f"{ {**table, 'x': 9, **{'q': 0}} } {dict(**table, w=5)} {max(*numbers(), 7)}")
    try:
        show(**table, **{"x": 5})
    except TypeError as error:
        lines.append(type(error).__name__)
    copied = dict(table)
    forward(**copied)
    lines.append(str(copied == table))
    first, *rest = [*numbers(), *numbers()]
    lines.append(f"{first} {rest}")
    return "\n".join(lines)
