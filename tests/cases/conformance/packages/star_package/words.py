from .deep.more import *  # noqa: F403

__all__ = ["greet"]


def greet(name: str) -> str:
    return f"hello {name} {triple(1)}"  # noqa: F405


def _hidden() -> str:
    return "hidden"
