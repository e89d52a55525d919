"""What `tests/cases/canisters/collections` must do: the same steps on Python's own collections."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from typing import Any

Step = dict[str, Any]

WORDS = ["", "a", "ab", "abc", "b\x00", "b\x00\x00", "é", "ж", "word", "x" * 300, "long " * 200]


class Models:
    """Python's collections, by the names of the canister's."""

    def __init__(self) -> None:
        self.numbers: dict[int, str] = {}
        self.words: dict[str, int] = {}
        self.users: dict[bytes, tuple[str, int]] = {}
        self.pairs: dict[tuple[str, int], bytes] = {}
        self.names: set[str] = set()
        self.lines: list[str] = []
        self.turns: deque[int] = deque()
        self.waiting: deque[str] = deque()
        self.log: list[str] = []
        self.jobs: list[tuple[int, int, str]] = []
        self.pushed = 0
        self.file = bytearray()
        self.latest: tuple[str, int] | None = None
        self.books: dict[str, dict[int, str]] = {}
        self.steps = 0

    def run(self, steps: list[Step]) -> list[str]:
        """What the canister's `run` answers."""
        answers = []
        for step in steps:
            try:
                answers.append(self._do(step))
            except (KeyError, IndexError, ValueError) as error:
                answers.append(type(error).__name__)
        self.steps += len(steps)
        return answers

    def everything(self) -> list[str]:
        """What the canister's `all_of` answers."""
        latest = None if self.latest is None else _user(*self.latest)
        return [
            repr(sorted(self.numbers.items())),
            repr(sorted(self.words, reverse=True)),
            repr([(key, name) for key, (name, _) in sorted(self.users.items())]),
            repr(sorted(self.pairs.items())),
            repr(sorted(self.names)),
            repr(self.lines),
            repr(list(self.turns)),
            repr(list(self.waiting)),
            repr(self.log),
            repr([(key, word) for key, _, word in sorted(self.jobs)]),
            repr(bytes(self.file)),
            repr(None) if latest is None else latest,
            repr([(name, sorted(book.items())) for name, book in sorted(self.books.items())]),
            repr(self.steps),
        ]

    def _do(self, step: Step) -> str:
        action: Callable[[Step], str | None] = getattr(self, f"_{step['target']}")
        return action(step) or ""

    def _numbers(self, step: Step) -> str | None:
        numbers, key, word = self.numbers, step["key"], step["word"]
        match step["action"]:
            case "set":
                numbers[key] = word
            case "get":
                return numbers[key]
            case "del":
                del numbers[key]
            case "pop":
                return numbers.pop(key, "-")
            case "popitem":
                last = max(numbers, default=None)
                if last is None:
                    raise KeyError
                return repr((last, numbers.pop(last)))
            case "setdefault":
                return numbers.setdefault(key, word)
            case "in":
                return repr(key in numbers)
            case "len":
                return repr(len(numbers))
            case "range":
                return repr(
                    [item for item in sorted(numbers.items()) if key <= item[0] < key + 100]
                )
            case "clear":
                numbers.clear()
        return None

    def _words(self, step: Step) -> str | None:
        words, key, word = self.words, step["key"], step["word"]
        match step["action"]:
            case "set":
                words[word] = key
            case "add":
                words[word] = words.get(word, 0) + 1
            case "get":
                return repr(words[word])
            case "del":
                del words[word]
            case "prefix":
                return repr(sorted(item for item in words if item.startswith(word[:2])))
            case "last":
                if not words:
                    raise KeyError
                return repr(max(words.items()))
        return None

    def _users(self, step: Step) -> str | None:
        who = step["data"][:29]
        match step["action"]:
            case "set":
                self.users[who] = (step["word"], abs(step["key"]))
            case "get":
                return self.users[who][0]
            case "del":
                del self.users[who]
            case "sum":
                return repr(sum(age for _, age in self.users.values()))
        return None

    def _pairs(self, step: Step) -> str | None:
        key = (step["word"], step["key"])
        match step["action"]:
            case "set":
                self.pairs[key] = step["data"]
            case "get":
                return repr(self.pairs[key])
            case "del":
                del self.pairs[key]
            case "keys":
                return repr(sorted(self.pairs))
        return None

    def _names(self, step: Step) -> str | None:
        match step["action"]:
            case "add":
                self.names.add(step["word"])
            case "discard":
                self.names.discard(step["word"])
            case "remove":
                self.names.remove(step["word"])
            case "in":
                return repr(step["word"] in self.names)
            case "pop":
                first = min(self.names, default=None)
                if first is None:
                    raise KeyError
                self.names.remove(first)
                return first
        return None

    def _lines(self, step: Step) -> str | None:
        lines, key, word = self.lines, step["key"], step["word"]
        match step["action"]:
            case "append":
                lines.append(word)
            case "insert":
                lines.insert(key, word)
            case "set":
                lines[key] = word
            case "get":
                return lines[key]
            case "del":
                del lines[key]
            case "pop":
                return lines.pop()
            case "slice":
                return repr(lines[key : key + 20 : 3])
            case "cut":
                del lines[key : key + 5]
            case "reverse":
                lines.reverse()
            case "sort":
                lines.sort()
        return None

    def _turns(self, step: Step) -> str | None:
        turns, key = self.turns, step["key"]
        match step["action"]:
            case "append":
                turns.append(key)
            case "appendleft":
                turns.appendleft(key)
            case "pop":
                return repr(turns.pop())
            case "popleft":
                return repr(turns.popleft())
            case "rotate":
                turns.rotate(key)
            case "remove":
                turns.remove(key)
            case "get":
                return repr(turns[key])
        return None

    def _jobs(self, step: Step) -> str | None:
        match step["action"]:
            case "push":
                self.jobs.append((step["key"], self.pushed, step["word"]))
                self.pushed += 1
                return None
        if not self.jobs:
            raise IndexError
        first = min(self.jobs)
        if step["action"] == "pop":
            self.jobs.remove(first)
        return repr((first[0], first[2]))

    def _file(self, step: Step) -> str | None:
        file, key, data = self.file, step["key"], step["data"]
        match step["action"]:
            case "write":
                if key < 0:
                    raise ValueError
                file.extend(bytes(max(0, key + len(data) - len(file))))
                file[key : key + len(data)] = data
            case "read":
                if key < 0:
                    raise ValueError
                if key + 50 > len(file):
                    raise IndexError
                return repr(bytes(file[key : key + 50]))
            case "resize":
                if key < 0:
                    raise ValueError
                del file[key:]
                file.extend(bytes(key - len(file)))
            case "len":
                return repr(len(file))
        return None

    def _books(self, step: Step) -> str | None:
        books, key, word = self.books, step["key"], step["word"]
        match step["action"]:
            case "set":
                books.setdefault(word, {})[key] = word
            case "get":
                return books[word][key]
            case "del":
                del books[word]
            case "take":
                del books[word][key]
            case "sizes":
                return repr([(name, len(book)) for name, book in sorted(books.items())])
        return None

    def _rest(self, step: Step) -> str | None:
        match step["action"]:
            case "put":
                self.waiting.append(step["word"])
            case "take":
                return self.waiting.popleft()
            case "log":
                self.log.append(step["word"])
            case "logged":
                return self.log[step["key"]]
            case "latest":
                self.latest = (step["word"], abs(step["key"]))
            case "latest?":
                return repr(None) if self.latest is None else _user(*self.latest)
        return None


def _user(name: str, age: int) -> str:
    return f"User(name={name!r}, age={age!r}, friend=None)"


ACTIONS = {
    "numbers": "set set set get del pop popitem setdefault in len range",
    "words": "set set add add get del prefix last",
    "users": "set set set get del sum",
    "pairs": "set set set get del keys",
    "names": "add add discard remove in pop",
    "lines": "append append insert insert set get del pop slice cut reverse sort",
    "turns": "append append appendleft appendleft pop popleft rotate remove get",
    "jobs": "push push pop peek",
    "file": "write write read resize len",
    "books": "set set set set get del take sizes",
    "rest": "put put take log logged latest latest?",
}


def random_step(chance: random.Random) -> Step:
    """Some step that makes sense often enough."""
    target = chance.choice(list(ACTIONS))
    small = chance.randrange(-5, 60)
    key = {
        "numbers": chance.choice([small, 2**200 + small, -(2**200), 10**1000]),
        "file": chance.choice([small, chance.randrange(9_000)]),
    }.get(target, small)
    if target == "numbers" and chance.random() < 0.01:
        return {"target": target, "action": "clear", "key": 0, "word": "", "data": b""}
    return {
        "target": target,
        "action": chance.choice(ACTIONS[target].split()),
        "key": key,
        "word": chance.choice(WORDS) + chance.choice(["", "", str(chance.randrange(40))]),
        "data": chance.randbytes(chance.choice([0, 1, 5, 29, 100, 700])),
    }
