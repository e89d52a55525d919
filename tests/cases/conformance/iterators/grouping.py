# differs: an int where a float is declared
"""`itertools.groupby`: runs, keys, used lazily; run-length encoding."""

from itertools import groupby


def encode(text: str) -> str:
    return "".join(f"{len(list(run))}{letter}" for letter, run in groupby(text))


def decode(text: str) -> str:
    out, count = "", ""
    for c in text:
        if c.isdigit():
            count += c
        else:
            out += c * int(count)
            count = ""
    return out


def run() -> str:
    text = "aaabccccd"
    lines = [encode(text), decode(encode(text)), encode(""), decode("12x1y")]
    words = ["apple", "avocado", "bean", "beet", "apricot"]
    lines.append(str([(k, list(g)) for k, g in groupby(words, key=lambda word: word[0])]))
    lines.append(str({k: len(list(g)) for k, g in groupby(sorted(words, key=len), key=len)}))
    groups = list(groupby([1, 1, 2]))
    lines.append(str([(key, list(group)) for key, group in groups]))
    lines.append(str([k for k, _ in groupby([1, 1.0, True, 2, 1])]))
    numbers = [1, 2, 3, 7, 8, 11]
    runs = [
        [value for _, value in g] for _, g in groupby(enumerate(numbers), lambda p: p[1] - p[0])
    ]
    lines.append(str(runs))
    return "\n".join(lines)
