"""The `%` operator: all conversions, widths by star, dictionaries, tuples, bytes."""

# ruff: noqa: UP031


def run() -> str:
    lines = ["%s %r %a %d %i" % ("é", "é", "é", 5, -5)]
    lines.append("%5d|%-5d|%05d|%+d|% d" % (42, 42, 42, 42, 42))
    lines.append("%x %X %#x %o %#o %c %c" % (255, 255, 255, 8, 8, "z", 65))
    lines.append("%.2f %8.3f %e %g %G %%" % (3.14159, 2.5, 12345.678, 1e-5, 1e20))
    lines.append("%*d %-*s| %.*f" % (6, 1, 4, "a", 1, 2.25))
    lines.append("%(name)s is %(age)03d, %(name)r" % {"name": "bob", "age": 7})
    lines.append("%s" % [1, 2] + " %s" % (("a", 1),) + " %s" % None)
    lines.append("%.2s|%10.3s|%-6.1s|" % ("abc", "abcdef", "xyz"))
    lines.append("%d %s %d" % (2**80, 10**25, True))
    lines.append((b"%s-%d-%x" % (b"ab", 5, 255)).decode())
    anything: list[object] = [("%d", "x"), ("%s %s", "a"), ("%s", ("a", "b")), ("%(k)s", {})]
    for pair in anything:
        assert isinstance(pair, tuple)
        try:
            lines.append(str(pair[0]) % pair[1])
        except (TypeError, KeyError) as error:
            lines.append(f"{type(error).__name__}: {error}")
    return "\n".join(lines)
