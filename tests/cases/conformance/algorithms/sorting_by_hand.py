"""Quick, merge, heap, insertion, counting and radix sort, compared with `sorted`."""

from collections.abc import Callable


def quick(values: list[int]) -> list[int]:
    if len(values) < 2:
        return values
    pivot, *rest = values
    return [*quick([v for v in rest if v < pivot]), pivot, *quick([v for v in rest if v >= pivot])]


def merge(values: list[int]) -> list[int]:
    if len(values) < 2:
        return values[:]
    left, right = merge(values[: len(values) // 2]), merge(values[len(values) // 2 :])
    out, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        if left[i] <= right[j]:
            out.append(left[i])
            i += 1
        else:
            out.append(right[j])
            j += 1
    return out + left[i:] + right[j:]


def insertion(values: list[int]) -> list[int]:
    out = values[:]
    for i in range(1, len(out)):
        value, j = out[i], i
        while j > 0 and out[j - 1] > value:
            out[j] = out[j - 1]
            j -= 1
        out[j] = value
    return out


def heap(values: list[int]) -> list[int]:
    out = values[:]

    def sift(root: int, end: int) -> None:
        while (child := 2 * root + 1) < end:
            if child + 1 < end and out[child] < out[child + 1]:
                child += 1
            if out[root] >= out[child]:
                return
            out[root], out[child] = out[child], out[root]
            root = child

    for root in range(len(out) // 2 - 1, -1, -1):
        sift(root, len(out))
    for end in range(len(out) - 1, 0, -1):
        out[0], out[end] = out[end], out[0]
        sift(0, end)
    return out


def radix(values: list[int]) -> list[int]:
    least = min(values, default=0)
    out = [value - least for value in values]
    shift = 0
    while out and max(out) >> shift:
        buckets: list[list[int]] = [[] for _ in range(16)]
        for value in out:
            buckets[value >> shift & 15].append(value)
        out = [value for bucket in buckets for value in bucket]
        shift += 4
    return [value + least for value in out]


def run() -> str:
    sorts: list[Callable[[list[int]], list[int]]] = [quick, merge, insertion, heap, radix]
    numbers = [(n * 7919 + 13) % 257 - 100 for n in range(100)]
    cases = [numbers, [], [1], [2, 1], [5] * 6, [2**70, -(2**70), 0], list(range(30, 0, -1))]
    lines = [f"{sort.__name__} {[sort(case) == sorted(case) for case in cases]}" for sort in sorts]
    lines.append(str(heap([3, -1, 2**64, 0])))
    return "\n".join(lines)
