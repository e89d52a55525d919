"""The shortest text that reads back, of large, small and ordinary numbers; formats."""

NUMBERS = (0.1, 1 / 3, 1e16, 1e15, 123456789.0, 1e-5, 0.0001, 5e-324, 1.7976931348623157e308)


def run() -> str:
    lines = [" ".join(repr(number) for number in NUMBERS)]
    lines.append(str(all(float(repr(number)) == number for number in NUMBERS)))
    lines.append(f"{0.1 + 0.2} {1.0} {-0.0} {100.0} {1e22} {1e21 + 1}")
    value = 1234.5678
    lines.append(
        f"{value:.2f} {value:.0f} {value:e} {value:.3e} {value:g} {value:.3g} {value:10.1f}|"
    )
    lines.append(f"{value:,.1f} {value:+.1f} {value:010.2f} {0.256:.1%} {1e10:,} {value:_.2f}")
    lines.append(f"{0.5:.0f} {1.5:.0f} {2.5:.0f} {0.125:.2f} {2.675:.2f} {1e-7:f} {1e300:.0e}")
    lines.append(
        f"{float('1e3')} {float(' -2.5 ')} {float('1_0.5')} {float('.5')} {float('infinity')}"
    )
    lines.append(f"{1e100:g} {0.00001234:g} {123456.0:g} {1234567.0:g} {1.0:#.3g}")
    lines.append(f"{3.0!r} {3.0!s} {3.0:} {3:.1f} {True:.2f}")
    lines.append("%.3f %5.1f|%-8.2e|%g" % (value, -value, value, value))  # noqa: UP031
    return "\n".join(lines)
