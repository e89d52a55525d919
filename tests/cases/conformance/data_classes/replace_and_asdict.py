"""`replace`, `asdict`, `astuple`, `is_dataclass`, with nested objects and containers."""

from dataclasses import asdict, astuple, dataclass, field, is_dataclass, replace


@dataclass
class Item:
    name: str
    price: int


@dataclass
class Order:
    number: int
    items: list[Item] = field(default_factory=list)
    notes: dict[str, Item] = field(default_factory=dict)
    where: tuple[int, int] = (0, 0)


def run() -> str:
    order = Order(1, [Item("pen", 2), Item("ink", 9)], {"gift": Item("bow", 1)})
    lines = [str(asdict(order)), str(astuple(order))]
    other = replace(order, number=2, where=(3, 4))
    lines.append(f"{other.number} {other.where} {other.items is order.items} {order.where}")
    plain = asdict(order)
    plain["items"][0]["name"] = "changed"
    lines.append(order.items[0].name)
    lines.append(f"{is_dataclass(order)} {is_dataclass(Order)} {is_dataclass(plain)}")
    try:
        replace(order, colour="red")  # type: ignore[call-arg]
    except TypeError as error:
        lines.append(type(error).__name__)
    lines.append(str(asdict(Item("a", 1), dict_factory=lambda pairs: dict(reversed(pairs)))))
    return "\n".join(lines)
