"""Normal forms, code points beyond 16 bits, combining marks, order by code point."""

# ruff: noqa: RUF001

import unicodedata


def strip_marks(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def run() -> str:
    composed, decomposed = "\u00e9", "e\u0301"
    lines = [f"{composed == decomposed} {len(composed)} {len(decomposed)}"]
    lines.append(str(unicodedata.normalize("NFC", decomposed) == composed))
    forms = [unicodedata.normalize(form, "ﬁ²Å") for form in ("NFC", "NFD", "NFKC", "NFKD")]
    lines.append(" ".join(str([f"{ord(c):x}" for c in form]) for form in forms))
    lines.append(strip_marks("Crème Brûlée Ñandú Łódź"))
    fox = "a🦊b"
    lines.append(f"{len(fox)} {fox[1]} {fox[::-1]} {ord(fox[1]):x} {chr(0x1F98A) == fox[1]}")
    lines.append(
        f"{len(fox.encode())} {len(fox.encode('utf-16-le'))} {len(fox.encode('utf-32-le'))}"
    )
    lines.append(str(sorted(["é", "z", "e", "🦊", "Z", "ｚ"])))
    lines.append(f"{fox!r} {fox!a}")
    lines.append(repr("tab\t nul\0 del\x7f nbsp\xa0 zwsp\u200b quote' \""))
    lines.append("\N{SNOWMAN} \x41 \u0042 \U00000043 \103 \\")
    return "\n".join(lines)
