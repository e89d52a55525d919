"""What no bound is declared for: large keys, large values, many collections."""

from scm import (
    StableBlob,
    StableList,
    StableMap,
    blob,
    int_,
    nat,
    nat64,
    query,
    state,
    text,
    update,
)


@state
class Large:
    numbers: StableMap[int_, int_] = StableMap()
    texts: StableMap[text, text] = StableMap()
    file: StableBlob = StableBlob()
    boxes: StableMap[nat, StableMap[nat, text]] = StableMap()
    deep: StableMap[text, StableMap[text, StableMap[text, nat]]] = StableMap()
    lines: StableList[text] = StableList()


@update
def put_number(large: Large, key: int_, value: int_) -> None:
    """An int of any size under an int of any size."""
    large.numbers[key] = value


@query
def numbers(large: Large) -> list[tuple[int_, int_]]:
    """In the order of the keys."""
    return list(large.numbers.items())


@update
def grow_while_reading(large: Large, count: nat, is_backwards: bool) -> list[nat]:
    """The values, as they are met, of which each makes another one far larger."""
    numbers = large.numbers
    for number in range(count):
        numbers[number] = number
    met = []
    for value in reversed(numbers.values()) if is_backwards else iter(numbers.values()):
        met.append(value % 2**64)
        other = value % 2**64 * 7 % count
        numbers[other] = other + 2**2000
    return met


@update
def put_text(large: Large, key: text, repeat: nat64, value: text, times: nat64) -> None:
    """`value` so many times, under `key` behind `repeat` letters."""
    large.texts["k" * repeat + key] = value * times


@query
def text_sizes(large: Large) -> list[tuple[text, nat64]]:
    """The last letters of all keys, and the sizes of their values, in the order of the keys."""
    return [(key[-4:], len(value)) for key, value in large.texts.items()]


@query
def text_at(large: Large, key: text, repeat: nat64) -> text:
    """The first letters of a value."""
    return large.texts["k" * repeat + key][:10]


@update
def remove_text(large: Large, key: text, repeat: nat64) -> None:
    """Remove one."""
    del large.texts["k" * repeat + key]


@update
def fill(large: Large, first: nat64, count: nat64) -> None:
    """Write so many megabytes, each with its number in all bytes."""
    for megabyte in range(first, first + count):
        large.file.write(megabyte * 1_000_000, bytes([megabyte % 251]) * 1_000_000)


@query
def read(large: Large, offset: nat64, size: nat64) -> blob:
    """A part of the file."""
    return large.file.read(offset, size)


@update
def reach(large: Large, offset: nat64, end: blob) -> nat64:
    """Write far behind the end, then more behind that; the size then."""
    large.file.write(offset, end)
    large.file.append(end)
    return large.file.size


@update
def box(large: Large, first: nat, count: nat) -> None:
    """Make maps of three entries in the map."""
    for number in range(first, first + count):
        inner = large.boxes.setdefault(number)
        for key in range(3):
            inner[key] = f"{number}.{key}"
    large.deep.setdefault("a").setdefault("b")["c"] = len(large.boxes)


@query
def boxes(large: Large) -> list[tuple[nat, list[tuple[nat, text]]]]:
    """All of them."""
    return [(number, list(inner.items())) for number, inner in large.boxes.items()]


@query
def deepest(large: Large) -> nat:
    """Three maps down."""
    return large.deep["a"]["b"]["c"]


@update
def clear(large: Large) -> None:
    """Give everything up."""
    large.numbers.clear()
    large.texts.clear()
    large.file.resize(0)
    large.boxes.clear()
    large.deep.clear()
    large.lines.clear()


@update
def touch(large: Large) -> None:
    """Change something small."""
    large.lines.append("x")
    large.lines.clear()
