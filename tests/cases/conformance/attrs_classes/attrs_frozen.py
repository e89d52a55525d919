"""`attrs.frozen`: no assignment, hash, keys, `evolve`, `asdict`."""

from attrs import asdict, astuple, evolve, exceptions, fields, frozen


@frozen
class Colour:
    red: int
    green: int = 0
    blue: int = 0

    @property
    def code(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"


@frozen
class Theme:
    name: str
    front: Colour
    back: Colour = Colour(255, 255, 255)


def run() -> str:
    theme = Theme("day", Colour(1))
    lines = [repr(theme), theme.front.code, theme.back.code]
    night = evolve(theme, name="night", back=Colour(0))
    lines.append(f"{night.name} {night.back.code} {night.front is theme.front}")
    try:
        theme.name = "dusk"  # type: ignore[misc]
    except exceptions.FrozenInstanceError as error:
        lines.append(type(error).__name__)
    lines.append(str(len({Colour(1), Colour(1, 0, 0), Colour(2)})))
    lines.append(str(asdict(theme)))
    lines.append(str(astuple(night)))
    lines.append(" ".join(attribute.name for attribute in fields(Theme)))
    return "\n".join(lines)
