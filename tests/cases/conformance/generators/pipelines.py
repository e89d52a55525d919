"""Generators fed by generators: lines to words to counts, one item at a time."""

from collections.abc import Iterable, Iterator

TEXT = "the cat saw the dog\n\n# remark\nthe dog saw a Cat"


def lines_of(text: str, log: list[str]) -> Iterator[str]:
    for line in text.splitlines():
        log.append(f"read {len(line)}")
        yield line


def without_remarks(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if line and not line.startswith("#"):
            yield line


def words_of(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, 1):
        for word in line.lower().split():
            yield number, word


def batched(items: Iterable[str], size: int) -> Iterator[list[str]]:
    batch: list[str] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def run() -> str:
    log: list[str] = []
    words = words_of(without_remarks(lines_of(TEXT, log)))
    lines = [f"{log} {next(words)} {log}"]
    counts: dict[str, int] = {}
    for _, word in words:
        counts[word] = counts.get(word, 0) + 1
    lines += [str(counts), str(log)]
    lines.append(str(list(batched("abcdefg", 3))))
    lines.append(str(list(batched([], 3))))
    return "\n".join(lines)
