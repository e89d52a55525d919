"""`except*`: each clause gets its part, the rest is raised again; single errors are wrapped."""


def handle(error: Exception, log: list[str]) -> str:
    try:
        try:
            raise error
        except* ValueError as group:
            log.append(f"value {len(group.exceptions)}")
        except* (KeyError, IndexError) as lookups:
            log.append("lookup " + "/".join(type(item).__name__ for item in lookups.exceptions))
        else:
            log.append("else")
        finally:
            log.append("finally")
    except ExceptionGroup as rest:
        return f"left {[type(item).__name__ for item in rest.exceptions]}"
    return "all handled"


def replace(error: ExceptionGroup[Exception]) -> str:
    try:
        try:
            raise error
        except* TypeError:
            raise RuntimeError("instead") from None
        except* OSError as group:
            raise LookupError(f"{len(group.exceptions)} more") from None
    except ExceptionGroup as both:
        return f"{both.message!r} {[str(item) for item in both.exceptions]}"
    except RuntimeError as alone:
        return f"alone {alone}"


def run() -> str:
    lines = []
    cases: list[Exception] = [
        ExceptionGroup("a", [ValueError(1), ValueError(2)]),
        ExceptionGroup("b", [ValueError(1), KeyError(2), IndexError(3)]),
        ExceptionGroup("c", [OSError("x"), ExceptionGroup("d", [ValueError(), OSError("y")])]),
        ValueError("single"),
    ]
    for error in cases:
        log: list[str] = []
        lines.append(f"{handle(error, log)}: {' '.join(log)}")
    lines.append(replace(ExceptionGroup("e", [TypeError("t")])))
    lines.append(replace(ExceptionGroup("f", [TypeError("t"), OSError(), OSError()])))
    return "\n".join(lines)
