"""Raises them."""

from .failures import LimitError, ShopError, SoldOutError


class Shelf:
    LIMIT = 10

    def __init__(self, stock: dict[str, int]) -> None:
        self._stock = dict(stock)

    def take(self, name: str, count: int) -> int:
        if count > self.LIMIT:
            raise LimitError(f"{count} > {self.LIMIT}")
        try:
            left = self._stock[name]
        except KeyError as error:
            raise ShopError(f"unknown {error}") from error
        if left < count:
            raise SoldOutError(name, left)
        self._stock[name] = left - count
        return count
