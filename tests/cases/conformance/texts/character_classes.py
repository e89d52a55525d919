"""The `is...` methods over letters, digits and marks of several scripts."""

import unicodedata

SAMPLES = (
    "a",
    "Z",
    "5",
    "٣",
    "²",
    "½",
    "Ⅷ",
    "_",
    " ",
    "\t",
    "\u00a0",
    "é",
    "日",
    "",
    "a1",
    "\x00",
    "🦊",
)
METHODS = {
    "alpha": str.isalpha,
    "digit": str.isdigit,
    "decimal": str.isdecimal,
    "numeric": str.isnumeric,
    "alnum": str.isalnum,
    "space": str.isspace,
    "ident": str.isidentifier,
    "print": str.isprintable,
    "ascii": str.isascii,
}


def run() -> str:
    lines = []
    for name, method in METHODS.items():
        lines.append(f"{name:8}" + "".join("x" if method(sample) else "." for sample in SAMPLES))
    lines.append(" ".join(unicodedata.category(sample) for sample in SAMPLES if len(sample) == 1))
    lines.append(f"{unicodedata.numeric('½')} {unicodedata.digit('²')} {int('٣')}")
    lines.append(f"{unicodedata.name('🦊')} {unicodedata.lookup('GREEK SMALL LETTER PI')}")
    lines.append(f"{'for'.isidentifier()} {'1a'.isidentifier()} {'_x1'.isidentifier()}")
    return "\n".join(lines)
