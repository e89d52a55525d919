"""A trie: insert, search, prefixes, completion, removal, counts, wildcards."""

from __future__ import annotations

from collections.abc import Iterator


class Trie:
    def __init__(self) -> None:
        self.children: dict[str, Trie] = {}
        self.is_word = False

    def add(self, word: str) -> None:
        node = self
        for letter in word:
            node = node.children.setdefault(letter, Trie())
        node.is_word = True

    def find(self, prefix: str) -> Trie | None:
        node: Trie | None = self
        for letter in prefix:
            if node is None:
                return None
            node = node.children.get(letter)
        return node

    def __contains__(self, word: str) -> bool:
        node = self.find(word)
        return node is not None and node.is_word

    def words(self, prefix: str = "") -> Iterator[str]:
        if self.is_word:
            yield prefix
        for letter in sorted(self.children):
            yield from self.children[letter].words(prefix + letter)

    def complete(self, prefix: str) -> list[str]:
        node = self.find(prefix)
        return [] if node is None else list(node.words(prefix))

    def remove(self, word: str) -> bool:
        if not word:
            was_word, self.is_word = self.is_word, False
            return was_word
        child = self.children.get(word[0])
        if child is None or not child.remove(word[1:]):
            return False
        if not child.children and not child.is_word:
            del self.children[word[0]]
        return True

    def matches(self, pattern: str) -> bool:
        if not pattern:
            return self.is_word
        if pattern[0] == "?":
            return any(child.matches(pattern[1:]) for child in self.children.values())
        return pattern[0] in self.children and self.children[pattern[0]].matches(pattern[1:])


def run() -> str:
    trie = Trie()
    for word in ("car", "cart", "cat", "dog", "do", "über"):
        trie.add(word)
    lines = [
        f"{list(trie.words())} {trie.complete('ca')} {trie.complete('x')} {trie.complete('dog')}"
    ]
    lines.append(f"{'car' in trie} {'ca' in trie} {'' in trie} {'übe' in trie} {'über' in trie}")
    lines.append(
        f"{trie.matches('c?t')} {trie.matches('??')} {trie.matches('?')} {trie.matches('d?g?')}"
    )
    lines.append(
        f"{trie.remove('car')} {trie.remove('ca')} {trie.remove('cart')} {list(trie.words())}"
    )
    lines.append(f"{sorted(trie.children['c'].children)} {trie.remove('zebra')}")
    return "\n".join(lines)
