"""`Counter`: counting, arithmetic, negative counts, order of `most_common`."""

from collections import Counter


def is_anagram(first: str, second: str) -> bool:
    return Counter(first.lower()) == Counter(second.lower())


def run() -> str:
    letters = Counter("abracadabra")
    lines = [f"{letters.most_common(2)} {letters['a']} {letters['z']} {len(letters)}"]
    letters.update("zz")
    letters.subtract({"a": 7, "q": 1})
    lines.append(f"{dict(letters)} {letters.total()}")
    lines.append(f"{+letters} {-letters}")
    one, two = Counter(a=3, b=1), Counter(a=1, b=2, c=1)
    lines.append(f"{one + two} {one - two} {one & two} {one | two}")
    lines.append(f"{one == Counter({'b': 1, 'a': 3, 'x': 0})} {one <= two} {Counter(a=1) < one}")
    lines.append("".join(sorted(one.elements())) + f" {list(Counter().elements())}")
    del one["b"]
    one["new"] += 5
    lines.append(f"{one} {is_anagram('Listen', 'Silent')} {is_anagram('ab', 'aab')}")
    words = Counter(len(word) for word in "a few words of few letters a".split())  # noqa: SIM905
    lines.append(str(sorted(words.items())))
    return "\n".join(lines)
