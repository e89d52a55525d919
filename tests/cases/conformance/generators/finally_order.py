"""The order in which nested generators, loops and `finally` run and clean up."""

from collections.abc import Iterator


def stage(name: str, source: Iterator[int], log: list[str]) -> Iterator[int]:
    log.append(f"+{name}")
    try:
        for item in source:
            log.append(f"{name}{item}")
            yield item
    finally:
        log.append(f"-{name}")


def first_over(limit: int, log: list[str]) -> int:
    generator = stage("a", iter(range(5)), log)
    try:
        for item in generator:
            if item > limit:
                return item
        return -1
    finally:
        log.append("end")


def in_with(log: list[str]) -> Iterator[str]:
    try:
        yield "body"
        log.append("not reached")
    finally:
        try:
            log.append("outer")
        finally:
            log.append("inner")


def run() -> str:
    log: list[str] = []
    lines = [str(list(stage("o", stage("i", iter([1, 2]), log), log))), " ".join(log)]
    log.clear()
    lines.append(f"{first_over(1, log)} {' '.join(item for item in log if item != '-a')}")
    log.clear()
    lines.append(f"{first_over(9, log)} {' '.join(log)}")
    log.clear()
    generator = in_with(log)
    next(generator)
    del generator
    lines.append(" ".join(log))
    return "\n".join(lines)
