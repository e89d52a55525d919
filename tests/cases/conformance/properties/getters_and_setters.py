"""Properties with setter and deleter, checks, read-only ones, augmented assignment."""


class Temperature:
    def __init__(self, celsius: float) -> None:
        self._celsius = 0.0
        self.celsius = celsius

    @property
    def celsius(self) -> float:
        return self._celsius

    @celsius.setter
    def celsius(self, value: float) -> None:
        if value < -273.15:
            raise ValueError(f"{value} is too cold")
        self._celsius = value

    @property
    def fahrenheit(self) -> float:
        return self._celsius * 9 / 5 + 32

    @fahrenheit.setter
    def fahrenheit(self, value: float) -> None:
        self.celsius = (value - 32) * 5 / 9


class Note:
    def __init__(self, text: str) -> None:
        self._text: str | None = text

    @property
    def text(self) -> str:
        """The text."""
        return "(gone)" if self._text is None else self._text

    @text.setter
    def text(self, value: str) -> None:
        self._text = value.strip()

    @text.deleter
    def text(self) -> None:
        self._text = None


def run() -> str:
    warm = Temperature(20.0)
    lines = [f"{warm.celsius} {warm.fahrenheit}"]
    warm.fahrenheit = 212.0
    warm.celsius += 1.5
    lines.append(f"{warm.celsius} {warm.fahrenheit:.1f}")
    try:
        warm.celsius = -300.0
    except ValueError as error:
        lines.append(f"{error}; still {warm.celsius}")
    note = Note("a")
    note.text += " b "
    lines.append(f"[{note.text}]")
    del note.text
    lines.append(note.text)
    return "\n".join(lines)
