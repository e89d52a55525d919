"""Stability, `reverse`, several keys, keys computed once, `sort` against `sorted`."""

from operator import attrgetter, itemgetter
from typing import NamedTuple


class Person(NamedTuple):
    name: str
    age: int
    city: str


PEOPLE = (
    Person("ann", 30, "rome"),
    Person("bob", 25, "oslo"),
    Person("cy", 30, "oslo"),
    Person("di", 25, "rome"),
)


def names(people: list[Person]) -> str:
    return " ".join(person.name for person in people)


def run() -> str:
    lines = [names(sorted(PEOPLE, key=attrgetter("age")))]
    lines.append(names(sorted(PEOPLE, key=attrgetter("age"), reverse=True)))
    lines.append(names(sorted(PEOPLE, key=lambda p: (-p.age, p.city))))
    lines.append(names(sorted(sorted(PEOPLE, key=itemgetter(0), reverse=True), key=itemgetter(2))))
    calls: list[str] = []

    def key(text: str) -> int:
        calls.append(text)
        return len(text)

    words = ["ccc", "a", "bb", "aa", "b"]
    words.sort(key=key)
    lines.append(f"{words} {''.join(calls)}")
    words.sort(reverse=True)
    lines.append(f"{words} {words.sort()} {words}")
    lines.append(str(sorted("bAcB", key=str.lower) + sorted("bAcB")))
    mixed = [3, 1.5, True, -2, 0.0, False]
    lines.append(f"{sorted(mixed)} {sorted([(1, 'b'), (1, 'a'), (0, 'z')])}")
    lines.append(
        f"{min(PEOPLE, key=attrgetter('age')).name} {max(PEOPLE, key=attrgetter('age')).name}"
    )
    lines.append(f"{min([], default='none')} {max('b', 'a', 'c')} {sorted([[2], [1, 5], []])}")
    return "\n".join(lines)
