"""Augmented assignment: targets evaluated once, every operator, attributes and items."""


class Box:
    def __init__(self) -> None:
        self.value = 10
        self.items = [1, 2, 3]


def pick(log: list[str], box: Box) -> Box:
    log.append("picked")
    return box


def index(log: list[str]) -> int:
    log.append("index")
    return 1


def run() -> str:
    n = 17
    steps = []
    n += 3
    steps.append(n)
    n -= 5
    n *= 4
    steps.append(n)
    n //= 7
    n **= 2
    steps.append(n)
    n %= 10
    n <<= 5
    n >>= 2
    steps.append(n)
    n |= 1
    n &= 0b1101
    n ^= 0b111
    lines = [f"{steps} {n}"]
    f = 1.0
    f += 2
    f /= 4
    f *= -2
    f -= 0.5
    lines.append(str(f))
    log: list[str] = []
    box = Box()
    pick(log, box).value += 5
    pick(log, box).items[index(log)] *= 10
    lines.append(f"{box.value} {box.items} {log}")
    text = "a"
    pair: tuple[int, ...] = (1,)
    text += "b" * 2
    text *= 2
    pair += (2, 3)
    lines.append(f"{text} {pair}")
    values = [1]
    alias = values
    values += [2]
    values *= 2
    lines.append(f"{alias} {alias is values}")
    table = {"k": 1}
    table["k"] += 1
    table["k"] **= 5
    lines.append(str(table))
    return "\n".join(lines)
