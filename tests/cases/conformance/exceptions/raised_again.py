"""Re-raising: bare `raise`, the same object, another one, and errors in handlers."""


def pass_on(error: Exception, log: list[str]) -> None:
    try:
        raise error
    except LookupError:
        log.append("lookup")
        raise
    except Exception as other:
        log.append("wrapped")
        raise RuntimeError("wrapper") from other


def retry(failures: int) -> str:
    attempts = 0
    while True:
        attempts += 1
        try:
            if attempts <= failures:
                raise ConnectionError(f"attempt {attempts}")
            return f"ok after {attempts}"
        except ConnectionError as error:
            if attempts == 3:
                return f"gave up: {error}"


def nothing_to_raise() -> str:
    try:
        raise
    except RuntimeError as error:
        return str(error)


def scope() -> str:
    error = "kept"
    try:
        raise ValueError
    except ValueError as problem:
        error = repr(problem)
    return error


def run() -> str:
    log: list[str] = []
    original = KeyError("k")
    try:
        pass_on(original, log)
    except KeyError as error:
        log.append(str(error is original))
    try:
        pass_on(ValueError("v"), log)
    except RuntimeError as wrapper:
        log.append(f"{wrapper} <- {wrapper.__cause__!r}")
    lines = [" ".join(log), retry(0), retry(2), retry(5), nothing_to_raise(), scope()]
    return "\n".join(lines)
