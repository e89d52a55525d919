"""Wrapping and justifying text by hand, word counts, columns, and a table drawn."""

import textwrap

TEXT = "The quick brown fox jumps over the lazy dog and runs far away into a forest"


def wrap(text: str, width: int) -> list[str]:
    lines: list[list[str]] = [[]]
    for word in text.split():
        if len(" ".join([*lines[-1], word])) > width and lines[-1]:
            lines.append([])
        lines[-1].append(word)
    return [" ".join(line) for line in lines]


def justify(line: str, width: int) -> str:
    words = line.split()
    if len(words) == 1:
        return line.ljust(width)
    gaps = len(words) - 1
    spaces = width - sum(map(len, words))
    out = words[0]
    for index, word in enumerate(words[1:]):
        out += " " * (spaces // gaps + (index < spaces % gaps)) + word
    return out


def table(rows: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    line = "+".join("-" * (width + 2) for width in widths)
    drawn = [
        "|".join(f" {cell:<{width}} " for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    return "\n".join([drawn[0], line, *drawn[1:]])


def run() -> str:
    lines = wrap(TEXT, 20)
    out = [justify(line, 20) + "|" for line in lines[:-1]] + [lines[-1]]
    out.append(
        str(lines == textwrap.wrap(TEXT, 20)) + str(wrap("", 5)) + str(wrap("longword a", 3))
    )
    out.append(table([["name", "n"], ["alpha", "1"], ["b", "100"]]))
    out.append(textwrap.shorten(TEXT, 25, placeholder="...") + textwrap.dedent("  a\n   b"))
    return "\n".join(out)
