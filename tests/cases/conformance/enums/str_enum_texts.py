"""StrEnum: members are texts; `auto` gives the lower-case name."""

from enum import StrEnum, auto


class Mode(StrEnum):
    READ = auto()
    WRITE = auto()
    BOTH = "read-write"

    @classmethod
    def parse(cls, text: str) -> "Mode":
        return cls(text.lower().strip())


def run() -> str:
    lines = [f"{Mode.READ} {Mode.WRITE!r} {Mode.BOTH}", Mode.READ.upper()]
    read: str = "read"
    lines.append(f"{Mode('read') == read} {'read' in list(Mode)} {Mode.BOTH.split('-')}")
    lines.append(f"{Mode.READ + '!'} {len(Mode.WRITE)} {Mode.BOTH[0:4]}")
    lines.append(str(Mode.parse("  WRITE ") is Mode.WRITE))
    lines.append("/".join(Mode))
    lines.append(f"{Mode.READ:>8}|{Mode.WRITE:_<8}|")
    lines.append(str(sorted(Mode, reverse=True)[0].name))
    lines.append(str({"read": 1}[Mode.READ]))
    try:
        Mode.parse("run")
    except ValueError as error:
        lines.append(str(error))
    return "\n".join(lines)
