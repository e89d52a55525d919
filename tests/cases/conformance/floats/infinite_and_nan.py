# differs: the identity of floats
"""Infinity and not-a-number: comparison, arithmetic, sorting keys, containers, min and max."""

from math import copysign, inf, isfinite, isinf, isnan, nan


def order(value: float) -> tuple[bool, float]:
    return isnan(value), 0.0 if isnan(value) else value


def run() -> str:
    lines = [f"{inf > 10.0**308} {-inf < 0} {inf == inf * 2} {inf - 1 == inf}"]
    number = float("nan")
    lines.append(f"{number == number} {number != number} {number < 1} {number >= 1}")
    lines.append(f"{isnan(inf - inf)} {isnan(inf * 0)} {inf + inf} {1 / inf} {-1 / inf} {inf // 1}")
    lines.append(f"{0.0 == -0.0} {copysign(1, -0.0)} {-0.0 + 0.0} {-0.0 * 5} {str(0.0 * -1)}")  # noqa: RUF010
    lines.append(f"{isfinite(1e308)} {isfinite(1e308 * 10)} {isinf(-inf)} {isinf(nan)}")
    lines.append(str(sorted([3.0, nan, -inf, 0.5, inf], key=order)))
    values, huge = [nan, 1.0], 10**400
    lines.append(
        f"{nan in values} {float('nan') in values} {values == [nan, 1.0]} {values.index(nan)}"
    )
    lines.append(f"{max(1.0, nan)} {max(nan, 1.0)} {min(-inf, nan)}")
    lines.append(f"{inf > huge} {huge > inf} {-huge < -inf} {nan < huge}")
    lines.append(f"{nan:.2f} {inf:+.1f} {-inf:>8} {inf!r} {1e999}")
    for action in (int, lambda value: value % 0.0, lambda value: divmod(1.0, value * 0 + 0.0)):
        try:
            lines.append(str(action(inf)))
        except (OverflowError, ZeroDivisionError) as error:
            lines.append(type(error).__name__)
    return "\n".join(lines)
