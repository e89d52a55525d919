"""f-strings: nested fields, `=`, conversions, calls, quotes, braces, many lines."""


class Money:
    def __init__(self, cents: int) -> None:
        self.cents = cents

    def __format__(self, spec: str) -> str:
        return f"{self.cents / 100:.2f}{spec}"

    def __repr__(self) -> str:
        return f"Money({self.cents})"

    def __str__(self) -> str:
        return f"${self.cents // 100}"


def run() -> str:
    name, number, money = "ann", 42, Money(1250)
    lines = [f"{name=} {number=:>6} {number + 1 = } {name.upper()=}"]
    lines.append(f"{name!r} {name!s} {'é'!a} {money} {money!r} {money!s} {money:EUR} {money=}")
    lines.append(f"{{}} {{{name}}} {'{'}{number}{'}'}")
    lines.append(f"{f'{name:>5}|':<8}|{f'{number}' * 2}")
    lines.append(f"{'a' if number > 40 else 'b'} {[n * n for n in range(3)]} { {1: 2}[1] }")
    lines.append(f"{(lambda x: x * 2)(5)} {number:{'x'}} {name[1:]} {name!r:>8}")
    lines.append(f"""three "quotes" {name}
and {number!s}""")
    lines.append(rf"raw \n {name}\t" + f"{'plain'}joined{number}")
    values = {"key": [1, 2]}
    lines.append(f"{values['key'][-1]} {values.get('x')} {len(values)} {not values}")
    return "\n".join(lines)
