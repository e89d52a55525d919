"""What sets and views share: comparing and combining any two collections of keys.

Results are Python's sets.  Of two operands, what is in stable memory is looked up, and not read as
a whole where that can be avoided.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Any, Protocol, TypeVar

T_co = TypeVar("T_co", covariant=True)


class SetLike(Protocol[T_co]):
    """What operators take: Python's sets, views of dicts, and ours."""

    def __len__(self) -> int: ...

    def __contains__(self, element: object, /) -> bool: ...

    def __iter__(self) -> Iterator[T_co]: ...

    def isdisjoint(self, other: Iterable[Any], /) -> bool:
        """Whether nothing is in both."""
        ...


def is_subset(left: Collection[Any], right: Collection[Any]) -> bool:
    """Whether all that is in `left` is in `right`."""
    if len(left) > len(right):
        return False
    return contains_all(right, left)


def is_proper_subset(left: Collection[Any], right: Collection[Any]) -> bool:
    """Whether `left` is a subset of `right`, and less than it."""
    return len(left) < len(right) and contains_all(right, left)


def is_equal(left: Collection[Any], right: Collection[Any]) -> bool:
    """Whether both have the same elements; those of `left` are looked up in `right`."""
    return len(left) == len(right) and contains_all(right, left)


def contains_all(container: Collection[Any], elements: Iterable[Any]) -> bool:
    """Whether all elements are in the container."""
    for element in elements:  # noqa: SIM110  (a generator would cost more)
        if element not in container:
            return False
    return True


def is_disjoint(container: Collection[Any], elements: Iterable[Any]) -> bool:
    """Whether no element is in the container."""
    for element in elements:  # noqa: SIM110  (a generator would cost more)
        if element in container:
            return False
    return True


def union(left: Iterable[Any], right: Iterable[Any]) -> set[Any]:
    """What is in either."""
    result = set(left)
    result.update(right)
    return result


def intersection(container: Collection[Any], elements: Iterable[Any]) -> set[Any]:
    """What is in both."""
    if isinstance(elements, AbstractSet) and len(elements) > len(container):
        return {element for element in container if element in elements}
    return {element for element in elements if element in container}


def difference(left: Iterable[Any], right: Iterable[Any]) -> set[Any]:
    """What is in `left` only."""
    result = set(left)
    result.difference_update(right)
    return result


def symmetric_difference(left: Iterable[Any], right: Iterable[Any]) -> set[Any]:
    """What is in one of them only."""
    result = set(left)
    result.symmetric_difference_update(right)
    return result
