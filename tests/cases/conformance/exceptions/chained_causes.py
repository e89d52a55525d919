"""`raise ... from`, implicit context, `from None`, and walking the chain."""


class ConfigError(Exception):
    pass


def parse(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise ConfigError(f"bad number {text}") from error


def lookup(table: dict[str, str], name: str) -> int:
    try:
        return parse(table[name])
    except KeyError:
        raise ConfigError(f"no {name}") from None


def clumsy(text: str) -> int:
    try:
        return parse(text)
    except ConfigError:
        return [1, 2][len(text)]


def chain(error: BaseException) -> str:
    names = [type(error).__name__]
    current: BaseException | None = error
    while current is not None:
        if current.__cause__ is not None:
            current = current.__cause__
            names.append(f"from {type(current).__name__}")
        elif current.__context__ is not None and not current.__suppress_context__:
            current = current.__context__
            names.append(f"during {type(current).__name__}")
        else:
            current = None
    return ", ".join(names)


def run() -> str:
    lines = [str(lookup({"a": "7"}, "a"))]
    for name in ("b", "c"):
        try:
            lookup({"b": "x"}, name)
        except ConfigError as error:
            lines.append(f"{error}: {chain(error)}; {error.__suppress_context__}")
    try:
        clumsy("xyz")
    except IndexError as index_error:
        lines.append(f"{index_error}: {chain(index_error)}")
    lines.append(str(clumsy("x")))
    return "\n".join(lines)
