"""Collections in collections that come and go in one message, and what fails halfway."""

from scm import (
    StableHeap,
    StableList,
    StableMap,
    StableSet,
    float64,
    ic,
    nat,
    nat32,
    query,
    state,
    text,
    update,
)


@state
class Nested:
    small: StableSet[nat32] = StableSet()
    groups: StableMap[nat, StableSet[nat]] = StableMap()
    deep: StableMap[nat, StableMap[nat, StableSet[nat]]] = StableMap()
    jobs: StableHeap[float64, text] = StableHeap()
    lines: StableList[nat32] = StableList()


@update
def add_small(nested: Nested, number: nat32) -> None:
    """One element."""
    nested.small.add(number)


@query
def all_small(nested: Nested) -> list[nat32]:
    """All of them."""
    return list(nested.small)


@update
def fill(nested: Nested, count: nat) -> None:
    """So many groups, each of its own number."""
    for number in range(count):
        nested.groups.setdefault(number).add(number)
        nested.deep.setdefault(number).setdefault(number).add(number)


@update
def empty_and_clear(nested: Nested, number: nat) -> None:
    """Change a group, then give all of them up."""
    nested.groups[number].remove(number)
    nested.groups.clear()


@update
def grow_and_clear(nested: Nested, number: nat) -> None:
    """A group of many pages in this message, then none."""
    group = nested.groups.setdefault(number)
    for element in range(2_000):
        group.add(element)
    nested.groups.clear()


@update
def empty_and_delete(nested: Nested, number: nat) -> None:
    """Change what is two levels down, then remove the level above."""
    nested.deep[number][number].remove(number)
    del nested.deep[number]


@update
def touch(nested: Nested) -> None:
    """Change something, so that pages that are given up are freed."""
    nested.lines.append(0)
    nested.lines.pop()


@update
def replace_wrongly(nested: Nested) -> list[tuple[float64, text]]:
    """An exception that is caught takes nothing away."""
    nested.jobs.push(1.0, "first")
    try:
        nested.jobs.replace(float("nan"), "second")
    except ValueError as error:
        ic.print(error)
    nested.jobs.replace(2.0, "third")
    nested.jobs.replace(0.5, "fourth")
    return list(nested.jobs)


@update
def assign_wrongly(nested: Nested) -> list[nat32]:
    """An exception that is caught leaves the list as it was."""
    nested.lines.extend([1, 2, 3])
    try:
        nested.lines[0:3] = [7, -1, 9]
    except ValueError as error:
        ic.print(error)
    return list(nested.lines)


@update
def make_another(nested: Nested) -> nat:
    """A second state would share the collections of the first."""
    another = Nested()
    another.lines.append(1)
    return len(nested.lines)


@query
def pattern(nested: Nested) -> text:
    """A sequence pattern takes lists, and no collection."""
    match nested.lines:
        case [first, *rest]:
            return f"{first} {rest}"
        case _:
            return "none"
