"""`order=True`: all four comparisons, as tuples compare, and none with another class."""

from dataclasses import dataclass, field


@dataclass(order=True)
class Version:
    major: int
    minor: int = 0
    label: str = field(default="", compare=False)


@dataclass(order=True)
class Weight:
    grams: float


def run() -> str:
    versions = [Version(2, 1, "b"), Version(1, 9, "z"), Version(2, 0), Version(1, 10)]
    lines = [" ".join(f"{v.major}.{v.minor}{v.label}" for v in sorted(versions))]
    lines.append(repr(max(versions)))
    lines.append(str(Version(1, 2, "a") == Version(1, 2, "b")))
    lines.append(f"{Version(1) < Version(1, 1)} {Version(1) >= Version(1, 0, 'x')}")
    lines.append(f"{Version(3) > Version(2, 99)} {Version(3) <= Version(2, 99)}")
    other: object = Weight(1.0)
    lines.append(f"{Version(1) == other} {Version(1) != other}")
    try:
        lines.append(str(Version(1) < other))  # type: ignore[operator]
    except TypeError as error:
        lines.append(type(error).__name__)
    lines.append(str(sorted([Weight(2.5), Weight(-1.0), Weight(0.0)])))
    return "\n".join(lines)
