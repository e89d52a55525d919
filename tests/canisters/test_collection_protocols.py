"""Durable collections in a canister do what Python's do, over random operations and messages.

The canister has both, a collection and its model in the heap, does the same to them and compares.
"""

from __future__ import annotations

from typing import Any

import pytest

from scm.replica.replica import Replica
from scm.testing.building import CanisterBuilder, install_canister
from scm.testing.client import CanisterHandle

pytestmark = pytest.mark.toolchain

SOURCE = """
from collections import deque
from typing import Any
from collections.abc import Callable, MutableMapping, MutableSequence, MutableSet

from scm import (
    StableBlob, StableCell, StableDeque, StableHeap, StableList, StableLog, StableMap, StableQueue,
    StableSet, blob, int_, nat, nat64, record, state, text, update,
)

@record
class Place:
    row: int_
    column: text

@state
class All:
    entries: StableMap[int_, text] = StableMap()
    elements: StableSet[int_] = StableSet()
    values: StableList[int_] = StableList()
    both_ends: StableDeque[int_] = StableDeque()
    queue: StableQueue[text] = StableQueue()
    log: StableLog[text] = StableLog()
    heap: StableHeap[int_, text] = StableHeap()
    bytes: StableBlob = StableBlob()
    cell: StableCell[text] = StableCell()
    names: StableMap[text, nat] = StableMap()
    pairs: StableSet[tuple[text, int_, text]] = StableSet()
    records: StableMap[Place, nat] = StableMap()
    nested: StableMap[text, StableMap[int_, StableList[nat]]] = StableMap()
    known_entries: tuple[tuple[int_, text], ...] = ()
    known_elements: tuple[int_, ...] = ()
    known_values: tuple[int_, ...] = ()
    known_both_ends: tuple[int_, ...] = ()

class Dice:
    def __init__(self, seed: int) -> None:
        self.seed = seed

    def throw(self, sides: int) -> int:
        self.seed = (self.seed * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.seed >> 33) % sides

def outcome(act: Callable[[], object]) -> object:
    try:
        return act()
    except (LookupError, ValueError) as error:
        return type(error).__name__

def same(left: object, right: object, what: str) -> None:
    if left != right:
        raise ValueError(f"{what}: {left!r} is not {right!r}")

@update
def change_map(all: All, seed: nat64) -> nat:
    dice = Dice(seed)
    m = all.entries
    entries = dict(all.known_entries)
    same(list(m.items()), sorted(entries.items()), "stored")
    for _ in range(100):
        key = dice.throw(600) - 300
        value = str(key) * dice.throw(60)
        match dice.throw(9):
            case 0:
                same(outcome(lambda: m[key]), outcome(lambda: entries[key]), "[]")
            case 1 | 2 | 3:
                m[key] = entries[key] = value
            case 4:
                same(m.get(key, "no"), entries.get(key, "no"), "get")
                same(key in m, key in entries, "in")
            case 5:
                same(outcome(lambda: m.pop(key)), outcome(lambda: entries.pop(key)), "pop")
            case 6:
                same(m.setdefault(key, value), entries.setdefault(key, value), "setdefault")
            case 7:
                low, high = sorted((key, dice.throw(600) - 300))
                expected = sorted((k, v) for k, v in entries.items() if low <= k < high)
                same(list(m.range(low, high)), expected, "range")
                same(list(m.range(low, high, reverse=True)), expected[::-1], "reverse range")
            case _:
                m.update({key: value, key + 1: value})
                entries.update({key: value, key + 1: value})
    same(m == entries, True, "==")
    same(list(m.items()), sorted(entries.items()), "items")
    same(list(reversed(m)), sorted(entries, reverse=True), "reversed")
    if entries:
        last = max(entries)
        same(m.last(), (last, entries[last]), "last")
        same(m.popitem(), (last, entries.pop(last)), "popitem")
    all.known_entries = tuple(entries.items())
    return len(m)

@update
def change_set(all: All, seed: nat64) -> nat:
    dice = Dice(seed)
    s = all.elements
    elements = set(all.known_elements)
    same(list(s), sorted(elements), "stored")
    for _ in range(30):
        other = {dice.throw(200) - 100 for _ in range(dice.throw(30))}
        key = dice.throw(200) - 100
        match dice.throw(9):
            case 0:
                s |= other
                elements.update(other)
            case 1:
                s -= other
                elements.difference_update(other)
            case 2:
                s ^= other
                elements.symmetric_difference_update(other)
            case 3:
                s.add(key)
                elements.add(key)
            case 4:
                remove = outcome(lambda: s.remove(key))
                same(remove, outcome(lambda: elements.remove(key)), "remove")
            case 5 if dice.throw(3) == 0:
                s &= other
                elements.intersection_update(other)
            case 6:
                same((s | other, s & other), (elements | other, elements & other), "| &")
                same((s - other, s ^ other), (elements - other, elements ^ other), "- ^")
                same((other | s, other & s), (elements | other, elements & other), "r| r&")
                same((other - s, other ^ s), (other - elements, elements ^ other), "r- r^")
                same((s < other, s <= other), (elements < other, elements <= other), "< <=")
                same((other < s, other <= s), (other < elements, other <= elements), "r< r<=")
            case _:
                same(key in s, key in elements, "in")
    same(s == elements, True, "==")
    same(elements == s, True, "r==")
    same(list(s), sorted(elements), "iter")
    all.known_elements = tuple(elements)
    return len(s)

@update
def change_list(all: All, seed: nat64) -> nat:
    dice = Dice(seed)
    s = all.values
    values = list(all.known_values)
    same(list(s), list(values), "stored")
    for _ in range(60):
        index = dice.throw(300) - 150
        value = dice.throw(50)
        chosen = slice(index, index + dice.throw(40), dice.throw(3) + 1)
        match dice.throw(14):
            case 0:
                same(outcome(lambda: s[index]), outcome(lambda: values[index]), "[]")
            case 1 | 2:
                s.append(value)
                values.append(value)
            case 3 | 4:
                s.insert(index, value)
                values.insert(index, value)
            case 5:
                same(outcome(lambda: s.pop(index)), outcome(lambda: values.pop(index)), "pop")
            case 6:
                same(s[chosen], values[chosen], "slice")
                same(s[::-1], values[::-1], "turned")
            case 7:
                new = [dice.throw(50) for _ in range(dice.throw(40))]
                s[chosen.start:chosen.stop] = new
                values[chosen.start:chosen.stop] = new
            case 8:
                del s[chosen]
                del values[chosen]
            case 9:
                s.extend([value, value + 1])
                values.extend([value, value + 1])
            case 10 if dice.throw(4) == 0:
                s.sort(key=lambda number: number % 7, reverse=value > 25)
                values.sort(key=lambda number: number % 7, reverse=value > 25)
            case 11:
                s.reverse()
                values.reverse()
            case 12:
                same(outcome(lambda: s.index(value)), outcome(lambda: values.index(value)), "index")
                same((s.count(value), value in s), (values.count(value), value in values), "count")
            case _:
                remove = outcome(lambda: s.remove(value))
                same(remove, outcome(lambda: values.remove(value)), "remove")
    same(s == values, True, "==")
    same(list(reversed(s)), values[::-1], "reversed")
    all.known_values = tuple(values)
    return len(s)

@update
def change_deque(all: All, seed: nat64) -> nat:
    dice = Dice(seed)
    d = all.both_ends
    both_ends = deque(all.known_both_ends)
    same(list(d), list(both_ends), "stored")
    for _ in range(60):
        value = dice.throw(50)
        match dice.throw(7):
            case 0 | 1:
                d.append(value)
                both_ends.append(value)
            case 2 | 3:
                d.appendleft(value)
                both_ends.appendleft(value)
            case 4:
                same(outcome(lambda: d.pop()), outcome(lambda: both_ends.pop()), "pop")
            case 5:
                same(outcome(lambda: d.popleft()), outcome(lambda: both_ends.popleft()), "popleft")
            case _:
                d.rotate(value - 25)
                both_ends.rotate(value - 25)
    same(d == both_ends, True, "==")
    try:
        for value in d:
            d.append(value)
        raise ValueError("a deque may not change")
    except RuntimeError:
        d.pop()
    all.known_both_ends = tuple(both_ends)
    return len(d)

@update
def use_the_others(all: All) -> None:
    for word in ("b", "a", "c"):
        all.queue.put(word)
        all.log.append(word)
        all.heap.push(len(word), word)
    all.heap.push(0, "first")
    same([all.queue.get(), all.queue.peek()], ["b", "a"], "queue")
    same((all.log[-1], all.log[1:], len(all.log)), ("c", ["a", "c"], 3), "log")
    same(list(all.heap), [(0, "first"), (1, "b"), (1, "a"), (1, "c")], "heap")
    same([all.heap.pop(), all.heap.replace(-1, "z"), all.heap.peek()],
         [(0, "first"), (1, "b"), (-1, "z")], "heap")
    b = all.bytes
    b.write(5000, b"end")
    b[0:3] = b"abc"
    b[-1] = 65
    same((len(b), b[:4], b[4998:], b[5002]), (5003, b"abc\\0", b"\\0\\0enA", 65), "blob")
    same(bytes(b), b"abc" + bytes(4997) + b"enA", "bytes")
    for wrong in (3, [65], "A"):
        anything: Any = wrong
        try:
            b.append(anything)
        except TypeError:
            continue
        raise ValueError("the blob took " + repr(wrong))
    b.append(bytearray(b"!"))
    same(b[-2:], b"A!", "bytes")
    same((all.cell.is_set, all.cell.get("none")), (False, "none"), "cell")
    all.cell.value = "set"
    same((all.cell.is_set, all.cell.value), (True, "set"), "cell")

@update
def use_names(all: All) -> None:
    names = all.names
    names.update({"a": 1, "ab": 2}, abc=3, other=4)
    same(list(names.prefix("ab").keys()), ["ab", "abc"], "prefix")
    same(list(names.prefix("ab", reverse=True).values()), [3, 2], "reverse prefix")
    same(names.keys() & ["a", "x"], {"a"}, "keys &")
    same(("a", 1) in names.items(), True, "in items")
    same(5 in names, False, "in, of another type")
    same(chr(0xd800) in names, False, "in, of no place")
    same(repr(names), "StableMap([('a', 1), ('ab', 2), ('abc', 3), ('other', 4)])", "repr")
    same(isinstance(names, MutableMapping), True, "Mapping")
    same(isinstance(all.elements, MutableSet), True, "Set")
    same(isinstance(all.values, MutableSequence), False, "Sequence")
    try:
        for name in names:
            names[name + "!"] = 0
        raise ValueError("a map may not change")
    except RuntimeError:
        pass

@update
def use_prefixes(all: All) -> None:
    first, last = ("", "a", "a\\0", "ab"), ("", "x", "xy")
    keys = [(a, b, c) for a in first for b in (-1, 0, 300) for c in last]
    all.pairs.update(keys)
    same(list(all.pairs), sorted(keys), "pairs")
    for start in ((), ("a",), ("a", 0), ("a\\0", 300, "x"), ("a", 0, "xy"), ("none",)):
        expected = sorted(key for key in keys if key[:len(start)] == start)
        if len(start) == 3:
            expected = sorted(k for k in keys if k[:2] == start[:2] and k[2].startswith(start[2]))
        same(list(all.pairs.prefix(start)), expected, "prefix")
        same(list(all.pairs.prefix(start, reverse=True)), expected[::-1], "reverse prefix")
    for row in (-1, 0, 1):
        for column in ("a", "b"):
            all.records[Place(row, column)] = row + 1
    same(list(all.records.prefix((0,)).keys()), [Place(0, "a"), Place(0, "b")], "records")
    same(list(all.records.prefix((1, "b")).values()), [2], "a record")
    try:
        list(all.records.prefix((1, "b", 2)))
        raise ValueError("it is too long")
    except TypeError:
        pass

@update
def use_nested(all: All, name: text) -> list[nat]:
    inner = all.nested.setdefault(name)
    inner.setdefault(1).append(len(inner))
    inner.setdefault(2).extend([7, 8])
    same(list(all.nested[name]), [1, 2], "keys")
    same(all.nested.get("none"), None, "get")
    try:
        all.nested["none"]
        raise ValueError("it is not there")
    except KeyError:
        pass
    return list(all.nested[name][1]) + list(inner[2])

@update
def use_many_nested(all: All) -> nat:
    count = 0
    for number in range(600):
        name = f"many {number}"
        inner = all.nested.setdefault(name)
        if number in inner:
            same(list(inner[number]), [number], "a nested list")
            count += 1
        else:
            inner.setdefault(number).append(number)
    for name, inner in all.nested.prefix("many "):
        same(len(inner), 1, "a nested map")
    return count

@update
def forget_nested(all: All, name: text) -> bool:
    del all.nested[name]
    return name in all.nested
"""


@pytest.fixture(scope="module")
def collections(build_canister: CanisterBuilder, tmp_path_factory: Any) -> CanisterHandle:
    folder = tmp_path_factory.mktemp("protocols")
    (folder / "canister.py").write_text(SOURCE)
    return install_canister(Replica(), build_canister(folder))


@pytest.mark.parametrize("kind", ["map", "set", "list", "deque"])
def test_collection_does_what_its_model_does(collections: CanisterHandle, kind: str) -> None:
    sizes = {getattr(collections, f"change_{kind}")(seed) for seed in range(40)}
    assert max(sizes) > 10


def test_other_collections(collections: CanisterHandle) -> None:
    collections.use_the_others()


def test_names(collections: CanisterHandle) -> None:
    collections.use_names()


def test_prefixes(collections: CanisterHandle) -> None:
    collections.use_prefixes()


def test_nested_collections(collections: CanisterHandle) -> None:
    assert collections.use_nested("x") == [1, 7, 8]
    assert collections.use_nested("x") == [1, 2, 7, 8, 7, 8]
    assert collections.use_nested("y") == [1, 7, 8]
    assert collections.forget_nested("x") is False
    assert collections.use_many_nested() == 0
    assert collections.use_many_nested() == 600
    assert collections.use_nested("x") == [1, 7, 8]
