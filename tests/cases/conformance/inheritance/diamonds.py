"""Several bases: the order of the diamond, cooperative `super()`, an impossible order."""


class Base:
    def __init__(self) -> None:
        self.log = ["Base"]

    def greet(self) -> str:
        return "base"


class Left(Base):
    def __init__(self) -> None:
        super().__init__()
        self.log.append("Left")

    def greet(self) -> str:
        return f"left>{super().greet()}"


class Right(Base):
    def __init__(self) -> None:
        super().__init__()
        self.log.append("Right")

    def greet(self) -> str:
        return f"right>{super().greet()}"


class Bottom(Left, Right):
    def __init__(self) -> None:
        super().__init__()
        self.log.append("Bottom")

    def greet(self) -> str:
        return f"bottom>{super().greet()}"


def run() -> str:
    bottom = Bottom()
    lines = [bottom.greet(), Left().greet(), Right.greet(bottom), super(Left, bottom).greet()]
    lines.append(" ".join(bottom.log))
    lines.append(" ".join(cls.__name__ for cls in Bottom.__mro__))
    lines.append(f"{isinstance(bottom, Right)} {Bottom.__bases__ == (Left, Right)}")
    try:
        type("Wrong", (Base, Left), {})
    except TypeError as error:
        lines.append(type(error).__name__)
    return "\n".join(lines)
