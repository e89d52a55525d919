"""A module's own `__getattr__` and `__dir__`, and modules as values."""

import sys
from types import ModuleType

from . import lazy_values


def run() -> str:
    lines = [str(lazy_values.READY), str(lazy_values.answer), str(lazy_values.question)]
    try:
        lines.append(str(lazy_values.nothing))
    except AttributeError as error:
        lines.append(f"AttributeError: {error}")
    lines.append(str(getattr(lazy_values, "other", "default")))
    lines.append(str(isinstance(lazy_values, ModuleType)))
    lines.append(str(sys.modules[lazy_values.__name__] is lazy_values))
    lines.append(lazy_values.__name__.split(".")[-1])
    lines.append(str(lazy_values.__doc__))
    return "\n".join(lines)
