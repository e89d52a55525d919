"""Complex numbers: arithmetic, parts, equality, powers, texts, and what they refuse."""

import cmath


def roots(a: float, b: float, c: float) -> list[complex]:
    square = cmath.sqrt(b * b - 4 * a * c)
    return [(-b + square) / (2 * a), (-b - square) / (2 * a)]


def escapes(point: complex, limit: int) -> int:
    value = 0j
    for step in range(limit):
        if abs(value) > 2:
            return step
        value = value * value + point
    return limit


def run() -> str:
    z, w = 3 + 4j, 1 - 2j
    lines = [f"{z + w} {z - w} {z * w} {z / w} {-z} {abs(z)}"]
    lines.append(f"{z.real} {z.imag} {z.conjugate()} {z**2} {z == 3 + 4j} {z != w}")
    lines.append(f"{1j * 1j} {complex(2)} {complex('1-2j')} {complex(1, -0.0)} {2 + 0j == 2}")
    lines.append(str(roots(1, -2, 5)))
    lines.append(
        " ".join(
            "".join(str(escapes(complex(x, y) / 2, 9)) for x in range(-4, 2)) for y in range(3)
        )
    )
    lines.append(f"{z:.1f} {w:+.2e} {0j} {-1j} {str(1e300 * z)[:7]}")
    lines.append(f"{bool(0j)} {hash(2 + 0j) == hash(2)} {sum([z, w, 1])}")
    for action in (lambda: z < w, lambda: z // w, lambda: int(z), lambda: 1j / 0):  # type: ignore[operator, call-overload]
        try:
            lines.append(str(action()))
        except (TypeError, ZeroDivisionError) as error:
            lines.append(type(error).__name__)
    return "\n".join(lines)
