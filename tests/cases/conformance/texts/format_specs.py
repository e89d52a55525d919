"""Format specs: alignment, fill, sign, width from variables, thousands, percent, bases."""


def run() -> str:
    width, places, number, word = 10, 3, 1234567, "mid"
    lines = [f"[{word:>{width}}] [{word:<{width}}] [{word:^{width}}] [{word:*^{width}}]"]
    lines.append(
        f"[{number:,}] [{number:_}] [{number:+}] [{-number: d}] [{number: }] [{number:015}]"
    )
    lines.append(f"[{3.14159:{width}.{places}}] [{3.14159:.{places}f}] [{2 / 3:.1%}] [{1e-5:%}]")
    lines.append(f"[{255:b}] [{255:#b}] [{255:x}] [{255:#X}] [{255:o}] [{255:#010x}] [{2**40:_b}]")
    lines.append(f"[{-5:=+8}] [{-5:08}] [{5:<4}] [{65:c}] [{word:.2}] [{word:5.1}] [{word!r:~>9}]")
    lines.append(f"[{True:5}] [{None!s:>6}] [{[1, 2]!s:^10}] [{(1,)!r}]")
    lines.append(f"[{10**30:,}] [{-(2**70):>+30,}] [{0:+}] [{0.0:+.1f}]")
    lines.append(f"[{1e6:,.2f}] [{123.456:8.1e}] [{0.1:{'>'}{8}}] [{number:{'_'}{'<'}12}]")
    for spec, value in ((",.2f", "text"), ("d", 1.5), ("q", 3), (".2", 5)):
        try:
            lines.append(format(value, spec))
        except ValueError as error:
            lines.append(str(error))
    return "\n".join(lines)
