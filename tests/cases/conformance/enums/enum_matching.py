"""Enums in `match`, in `if` chains checked for completeness, in sets and as dict keys."""

from enum import Enum, auto
from typing import assert_never


class Light(Enum):
    RED = auto()
    AMBER = auto()
    GREEN = auto()


def following(light: Light) -> Light:
    match light:
        case Light.RED:
            return Light.GREEN
        case Light.GREEN:
            return Light.AMBER
        case Light.AMBER:
            return Light.RED


def action(light: Light) -> str:
    if light is Light.RED:
        return "stop"
    elif light is Light.AMBER:
        return "slow"
    elif light is Light.GREEN:
        return "go"
    else:
        assert_never(light)


def run() -> str:
    light = Light.RED
    seen: list[str] = []
    counts = dict.fromkeys(Light, 0)
    for _ in range(7):
        seen.append(action(light))
        counts[light] += 1
        light = following(light)
    lines = [" ".join(seen), str({light.name: count for light, count in counts.items()})]
    lines.append(str(len({Light.RED, Light.AMBER, Light.RED})))
    lines.append(str(Light.RED in {Light.GREEN, Light.AMBER}))
    lines.append(str([light.value for light in Light if light not in (Light.RED,)]))
    return "\n".join(lines)
