"""Copies and pickles instances of every kind of class."""

import copy
import pickle
from collections.abc import Iterator

import copying
import shapes

from scm import Principal, Reply, StableMap, nat, query, record, state, text, update, variant


@record
class Person:
    name: text
    friends: tuple[text, ...]
    home: Principal


@variant
class Happy:
    pass


@variant
class Sad:
    reason: text


@state
class Book:
    entries: StableMap[text, Person] = StableMap()
    count: nat = 0


def numbers() -> Iterator[int]:
    yield 1


@query
def run(book: Book) -> text:
    return copying.run()


@query
def values(book: Book) -> tuple[text, ...]:
    person = Person("Ann", ("Bob",), Principal.from_text("aaaaa-aa"))
    items: tuple[object, ...] = (
        person,
        (person, person),
        Reply(person),
        person.home,
        Sad("rain"),
        Happy(),
    )
    lines = [repr(copy.copy(item)) for item in items]
    lines += [repr(copy.deepcopy(item)) for item in items]
    lines += [repr(pickle.loads(pickle.dumps(item))) for item in items]
    lines.append(str(copy.deepcopy(person) == person))
    return tuple(lines)


@update
def keep_pickle(book: Book) -> nat:
    """What is in stable memory is a record, and so is its copy."""
    person = Person("Eve", (), Principal.from_text("aaaaa-aa"))
    book.entries["eve"] = person
    book.entries["twin"] = copy.deepcopy(book.entries["eve"])
    return len(book.entries)


@query
def refused(book: Book) -> tuple[text, ...]:
    found = []
    items: tuple[object, ...] = (book.entries, numbers(), shapes.FixedPair(2, 1))
    for item in items:
        try:
            copy.copy(item)
        except (TypeError, AttributeError) as error:
            found.append(str(error))
    return tuple(found)
