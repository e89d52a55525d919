"""The exceptions of this package."""


class ShopError(Exception):
    """Root of all of them."""


class SoldOutError(ShopError):
    def __init__(self, name: str, left: int) -> None:
        super().__init__(f"{left} left")
        self.name = name


class LimitError(ShopError, ValueError):
    pass
