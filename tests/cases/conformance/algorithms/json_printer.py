"""JSON written by hand: strings escaped, nesting indented, sorted keys, cycles refused."""

import json
from typing import Any

ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def quote(text: str) -> str:
    out = []
    for c in text:
        if c in ESCAPES:
            out.append(ESCAPES[c])
        elif ord(c) < 32 or 126 < ord(c) < 0x10000:
            out.append(f"\\u{ord(c):04x}")
        elif ord(c) >= 0x10000:
            high, low = divmod(ord(c) - 0x10000, 0x400)
            out.append(f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}")
        else:
            out.append(c)
    return '"' + "".join(out) + '"'


def write(value: Any, indent: int = 0, parents: tuple[Any, ...] = ()) -> str:
    if any(value is parent for parent in parents):
        raise ValueError("circular")
    pad = "\n" + " " * (indent + 1)
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case str():
            return quote(value)
        case [] | ():
            return "[]"
        case list() | tuple():
            items = [write(item, indent + 1, (*parents, value)) for item in value]
            return "[" + pad + ("," + pad).join(items) + pad[:-1] + "]"
        case dict():
            pairs = [
                f"{quote(key)}: {write(value[key], indent + 1, (*parents, value))}"
                for key in sorted(value)
            ]
            return "{" + pad + ("," + pad).join(pairs) + pad[:-1] + "}" if pairs else "{}"
        case _:
            raise TypeError(type(value).__name__)


def run() -> str:
    document: dict[str, Any] = {
        "b": [1, -2.5, True, None, [], {}],
        "a": {"é🦊": 'say "hi"\n\x01'},
        "": (2**70,),
    }
    text = write(document)
    lines = [text, str(text == json.dumps(document, indent=1, sort_keys=True))]
    lines.append(str(json.loads(text) == {**document, "": [2**70]}))
    ring: list[object] = []
    ring.append(ring)
    for wrong in (ring, {1, 2}, [object]):
        try:
            write(wrong)
        except (ValueError, TypeError) as error:
            lines.append(f"{type(error).__name__} {error}")
    return "\n".join(lines)
