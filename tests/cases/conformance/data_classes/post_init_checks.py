"""`__post_init__`: derived fields, checks, `InitVar`, and `init=False`."""

from dataclasses import InitVar, dataclass, field


@dataclass
class Interval:
    low: int
    high: int
    width: int = field(init=False)

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError(f"{self.low} > {self.high}")
        self.width = self.high - self.low


@dataclass
class Account:
    name: str
    deposit: InitVar[int]
    bonus: InitVar[int] = 5
    balance: int = field(init=False, default=0)
    history: list[int] = field(init=False, default_factory=list, repr=False)

    def __post_init__(self, deposit: int, bonus: int) -> None:
        self.balance += deposit + bonus
        self.history.append(self.balance)


@dataclass
class Shouting(Interval):
    label: str = "none"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.label = self.label.upper()


def run() -> str:
    lines = [repr(Interval(2, 5)), repr(Account("ann", 10)), repr(Account("bob", 1, 0))]
    try:
        Interval(3, 1)
    except ValueError as error:
        lines.append(f"ValueError: {error}")
    lines.append(repr(Shouting(0, 4, "wide")))
    lines.append(str(Account("cy", 7).history))
    lines.append(str(hasattr(Account("d", 1), "deposit")))
    return "\n".join(lines)
