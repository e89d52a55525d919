"""`str.format`: positions, names, attributes, items, nested specs, `format_map`, Template."""

# ruff: noqa: UP032

from string import Formatter, Template


class Point:
    def __init__(self, x: int, y: int) -> None:
        self.x = x
        self.y = y

    def __format__(self, spec: str) -> str:
        return {"": f"({self.x}, {self.y})", "polar": "r"}.get(spec, spec.upper())


class Default(dict[str, object]):
    def __missing__(self, key: str) -> object:
        return f"<{key}>"


def run() -> str:
    point = Point(3, -4)
    lines = ["{} {} {}".format(1, "a", None), "{1}{0}{1}".format("x", "y")]
    lines.append("{p.x}/{p.y} {p} {p:polar} {p:abc}".format(p=point))
    lines.append("{0[1]} {0[2]} {d[key]} {d[other]}".format("abc", d={"key": "v", "other": "w"}))
    lines.append("{:>{w}.{n}f}|{:^{w}}|{!r:<{w}}|".format(2.5, "m", "q", w=7, n=2))
    lines.append("{{}} {{{}}}".format("in"))
    lines.append("{a} {b}".format_map(Default(a=1)))
    for text in ("{} {1}", "{2}", "{name}", "{"):
        try:
            lines.append(text.format("a"))
        except (ValueError, LookupError) as error:
            lines.append(f"{type(error).__name__}: {error}")
    lines.append(Template("$who owes ${amount}, $$ $missing").safe_substitute(who="ann", amount=5))
    lines.append(str([field for _, field, _, _ in Formatter().parse("a{x}b{y.z[0]}c")]))
    return "\n".join(lines)
