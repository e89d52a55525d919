"""`__getattr__`, `__setattr__`, `__delattr__`: fallbacks, logs, proxies."""

from typing import Any


class Fallback:
    def __init__(self) -> None:
        self.real = 1

    def __getattr__(self, name: str) -> Any:
        if name.startswith("auto_"):
            return name[5:] * 2
        raise AttributeError(f"no {name}")


class Logged:
    def __init__(self, log: list[str]) -> None:
        object.__setattr__(self, "log", log)

    def __setattr__(self, name: str, value: object) -> None:
        self.log.append(f"{name}={value}")
        object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        self.log.append(f"?{name}")
        return None


class Proxy:
    def __init__(self, target: Any) -> None:
        self._target = target

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)


def run() -> str:
    fallback = Fallback()
    lines = [f"{fallback.real} {fallback.auto_ab} {hasattr(fallback, 'other')}"]
    try:
        fallback.other  # noqa: B018
    except AttributeError as error:
        lines.append(str(error))
    log: list[str] = []
    logged = Logged(log)
    logged.a = 1
    logged.a = logged.b
    lines.append(f"{log}")
    words = Proxy(["x", "y"])
    words.append("z")
    lines.append(f"{words.index('z')} {words.count('x')} {words._target}")
    lines.append(str(getattr(Proxy(5), "missing", "none")))
    return "\n".join(lines)
