"""A hierarchy of exceptions in one module, raised in a second, caught by its root in a third."""

from .failures import LimitError, ShopError, SoldOutError
from .shelf import Shelf


def attempt(shelf: Shelf, name: str, count: int) -> str:
    try:
        return f"took {shelf.take(name, count)} {name}"
    except SoldOutError as sold_out:
        return f"sold out: {sold_out.name} ({sold_out})"
    except ShopError as error:
        return f"{type(error).__name__}: {error}"


def run() -> str:
    shelf = Shelf({"pear": 3, "fig": 0})
    lines = [attempt(shelf, "pear", 2), attempt(shelf, "pear", 2), attempt(shelf, "fig", 1)]
    lines += [attempt(shelf, "plum", 1), attempt(shelf, "pear", 50)]
    lines.append(" > ".join(cls.__name__ for cls in LimitError.__mro__[:4]))
    return "\n".join(lines)
