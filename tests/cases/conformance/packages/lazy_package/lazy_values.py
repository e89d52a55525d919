"""Values by name."""

READY = True


def __getattr__(name: str) -> object:
    if name in {"answer", "question"}:
        return len(name)
    raise AttributeError(f"no {name} here")
