"""ExceptionGroup: nested groups, `split`, `subgroup`, `derive`, messages."""


def names(group: BaseException) -> str:
    if isinstance(group, BaseExceptionGroup):
        return f"[{' '.join(names(error) for error in group.exceptions)}]"
    return f"{type(group).__name__}:{group}"


def collect(texts: list[str]) -> list[int]:
    numbers, errors = [], []
    for text in texts:
        try:
            numbers.append(100 // int(text))
        except (ValueError, ArithmeticError) as error:
            errors.append(error)
    if errors:
        raise ExceptionGroup("bad texts", errors)
    return numbers


def run() -> str:
    lines = [str(collect(["5", "7"]))]
    try:
        collect(["1", "x", "0", "0"])
    except ExceptionGroup as group:
        lines.append(f"{group.message} {len(group.exceptions)} {group}")
        match, rest = group.split(ZeroDivisionError)
        lines.append(
            f"{len(match.exceptions) if match else 0} {len(rest.exceptions) if rest else 0}"
        )
        lines.append(str(group.subgroup(KeyError)))
        only = group.subgroup(lambda error: isinstance(error, ValueError))
        lines.append(names(only) if only else "none")
    inner = ExceptionGroup("inner", [KeyError("k"), OSError("o")])
    outer = ExceptionGroup("outer", [ValueError("v"), inner])
    lines.append(names(outer))
    found = outer.subgroup((KeyError, ValueError))
    lines.append(names(found) if found else "none")
    try:
        ExceptionGroup("empty", [])
    except ValueError as wrong:
        lines.append(str(wrong))
    lines.append(type(BaseExceptionGroup("b", [ValueError()])).__name__)
    return "\n".join(lines)
