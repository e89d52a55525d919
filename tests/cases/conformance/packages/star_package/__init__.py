"""A package that re-exports all that its modules have."""

from .deep import *  # noqa: F403
from .words import *  # noqa: F403
from .words import _hidden as shown


def run() -> str:
    return f"{greet('you')} {double(4)} {triple(4)} {shown()} {__doc__}"  # noqa: F405
