"""Class variables beside fields, methods of all kinds, and a custom `__repr__`."""

from dataclasses import dataclass, fields
from typing import ClassVar


@dataclass
class Temperature:
    ZERO: ClassVar[float] = -273.15
    UNITS: ClassVar[tuple[str, ...]] = ("C", "K")
    degrees: float
    unit: str = "C"

    @classmethod
    def from_kelvin(cls, kelvin: float) -> "Temperature":
        return cls(kelvin + cls.ZERO)

    @staticmethod
    def is_unit(name: str) -> bool:
        return name in Temperature.UNITS

    @property
    def kelvin(self) -> float:
        return self.degrees - self.ZERO

    def __repr__(self) -> str:
        return f"<{self.degrees:.2f} {self.unit}>"


@dataclass
class Constant:
    NAME: ClassVar[str] = "constant"
    value: int = 1


def run() -> str:
    lines = [repr(Temperature(20.0)), repr(Temperature.from_kelvin(300.0))]
    lines.append(f"{Temperature(0.0).kelvin:.2f} {Temperature.is_unit('F')}")
    lines.append(str([item.name for item in fields(Temperature)]))
    lines.append(f"{Temperature.ZERO} {Temperature(1.0).UNITS}")
    lines.append(f"{Constant.NAME} {Constant()} {Constant(2).NAME}")
    lines.append(str(Temperature(1.0) == Temperature(1.0, "C")))
    return "\n".join(lines)
