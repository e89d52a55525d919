"""`throw` and `close`: caught inside, cleaned up in `finally`, refused, and after the end."""

from collections.abc import Generator


def worker(log: list[str]) -> Generator[int, None, None]:
    number = 0
    try:
        while True:
            try:
                yield number
                number += 1
            except ValueError as error:
                log.append(f"caught {error}")
                number = 100
    finally:
        log.append("finally")


def stubborn() -> Generator[int, None, None]:
    try:
        yield 1
    except GeneratorExit:
        yield 2


def run() -> str:
    log: list[str] = []
    generator = worker(log)
    lines = [f"{next(generator)} {next(generator)}", str(generator.throw(ValueError("v")))]
    lines.append(str(next(generator)))
    generator.close()
    generator.close()
    lines.append(" ".join(log))
    lines.append(str(next(generator, "closed")))
    other = worker(log)
    next(other)
    try:
        other.throw(KeyError("k"))
    except KeyError as error:
        lines.append(f"KeyError {error} {len(log)}")
    unstarted = worker(log)
    unstarted.close()
    lines.append(str(len(log)))
    refusing = stubborn()
    next(refusing)
    try:
        refusing.close()
    except RuntimeError as runtime_error:
        lines.append(str(runtime_error))
    return "\n".join(lines)
