"""`StableHeap`, `StableBlob` and `StableCell`."""

from __future__ import annotations

import heapq
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.collections.fake_engine import FakeBytes, FakeHeap, FakePositional

from scm import StableBlob, StableCell, StableHeap

SMALL = st.integers(-7, 7)
SLICES = st.builds(
    slice, st.none() | SMALL, st.none() | SMALL, st.none() | st.integers(-3, 3).filter(bool)
)
BYTES = st.binary(max_size=7)


def new_heap() -> StableHeap[int, str]:
    made: StableHeap[int, str] = StableHeap()
    made.attach(FakeHeap(int))
    return made


def new_blob(content: bytes = b"") -> StableBlob:
    made = StableBlob()
    made.attach(FakeBytes())
    made.append(content)
    return made


@given(st.lists(st.tuples(st.sampled_from(["push", "pop", "pushpop", "replace", "peek"]), SMALL)))
def test_heap_is_heapq_with_the_oldest_first(steps) -> None:
    tested = new_heap()
    model: list[tuple[int, int, str]] = []
    for number, (name, priority) in enumerate(steps):
        entry = (priority, number, f"item {number}")
        arguments = (priority, entry[2]) if name in ("push", "pushpop", "replace") else ()
        if not model and name in ("pop", "replace", "peek"):
            with pytest.raises(IndexError):
                getattr(tested, name)(*arguments)
            continue
        if name in ("push", "pushpop"):
            heapq.heappush(model, entry)
        expected = model[0]
        if name in ("pop", "pushpop", "replace"):
            heapq.heappop(model)
        if name == "replace":
            heapq.heappush(model, entry)
        given_back = getattr(tested, name)(*arguments)
        assert given_back == (None if name == "push" else (expected[0], expected[2]))
        in_order = [(priority, item) for priority, _, item in sorted(model)]
        assert list(tested) == list(reversed(list(reversed(tested)))) == in_order
        assert (len(tested), bool(tested)) == (len(model), bool(model))
    tested.clear()
    assert not tested


@given(BYTES, SMALL, SLICES)
def test_blob_reads_like_bytes(content, index, selected) -> None:
    tested = new_blob(content)
    assert bytes(tested) == content
    assert (list(tested), len(tested)) == (list(content), len(content))
    assert tested[selected] == content[selected]
    if -len(content) <= index < len(content):
        assert tested[index] == content[index]
    else:
        with pytest.raises(IndexError):
            tested[index]
    assert tested == content
    assert content == tested
    assert tested != content + b"x"
    assert tested == new_blob(content)


@given(BYTES, SLICES, BYTES)
def test_blob_assigns_slices_like_bytearray(content, selected, value) -> None:
    tested, model = new_blob(content), bytearray(content)
    start, stop, step = selected.indices(len(content))
    count = len(range(start, stop, step))
    if step == 1 and len(value) != count and start + count < len(content):
        with pytest.raises(ValueError, match="only one that reaches to the end"):
            tested[selected] = value
    elif step != 1 and len(value) != count:
        with pytest.raises(ValueError, match="extended slice"):
            tested[selected] = value
    else:
        tested[selected] = value
        model[selected] = value
    assert bytes(tested) == model


def test_blob_as_a_file() -> None:
    tested = new_blob(b"abc")
    tested.write(5, bytearray(b"xy"))
    assert bytes(tested) == b"abc\0\0xy"
    tested.append(memoryview(b"!"))
    tested += b"?"
    assert tested.read(5, 4) == b"xy!?"
    with pytest.raises(IndexError):
        tested.read(5, 5)
    tested[0] = 65
    tested[-1] = 66
    assert bytes(tested) == b"Abc\0\0xy!B"
    with pytest.raises(ValueError, match=r"range\(0, 256\)"):
        tested[0] = 256
    tested.resize(2)
    tested.resize(3)
    assert bytes(tested) == b"Ab\0"
    assert repr(tested) == "<StableBlob of 3 bytes>"
    tested.clear()
    assert not tested


def test_long_blobs_are_read_in_pieces() -> None:
    content = bytes(range(256)) * 40
    tested = new_blob(content)
    assert tested == content
    assert list(tested) == list(content)
    assert tested != content[:-1] + b"\0"


def test_cell_has_a_value_or_none() -> None:
    cell: StableCell[Any] = StableCell()
    with pytest.raises(RuntimeError, match="a `StableCell` works only as a field"):
        cell.get()
    cell.attach(FakePositional())
    assert (cell.is_set, cell.get(), cell.get(7)) == (False, None, 7)
    with pytest.raises(LookupError):
        assert cell.value
    cell.set([1])
    assert (cell.is_set, cell.value, cell.get(7)) == (True, [1], [1])
    cell.value = [2]
    assert (cell.value, repr(cell)) == ([2], "StableCell([2])")
    cell.clear()
    assert (cell.is_set, repr(cell)) == (False, "StableCell()")
