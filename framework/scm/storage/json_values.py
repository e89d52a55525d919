"""Candid values as JSON, for `jq` and the like."""

from __future__ import annotations

import math
from typing import Any, Final

from scm.candid.values import FuncValue, ServiceValue, Some, VariantValue
from scm.model import Principal

_INT_MAX: Final = 1 << 53


def to_json(value: object) -> Any:
    """What `json.dumps` takes: large ints, infinities, NaN and principals as text, bytes as hex."""
    match value:
        case bool() | None | str():
            return value
        case int():
            return value if abs(value) <= _INT_MAX else str(value)
        case float():
            return value if math.isfinite(value) else repr(value)
        case bytes():
            return value.hex()
        case Principal():
            return str(value)
        case list() | tuple():
            return [to_json(item) for item in value]
        case dict():
            return {str(name): to_json(item) for name, item in value.items()}
        case Some():
            return [to_json(value.value)]
        case VariantValue():
            return {str(value.tag): to_json(value.value)}
        case ServiceValue():
            return str(value.principal)
        case FuncValue():
            return [str(value.principal), value.method]
    return repr(value)
