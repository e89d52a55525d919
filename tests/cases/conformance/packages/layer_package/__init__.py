"""Sub-packages that import from above and from their sisters."""

from .lower.units import METRE, length
from .upper import report
from .upper.rows import Row


def run() -> str:
    rows = [Row("rope", length(250)), Row("nail", length(4)), Row("road", length(120_000))]
    lines = report(rows).split("\n")
    lines.append(f"one metre is {METRE} centimetres")
    lines.append(repr(rows[0]))
    return "\n".join(lines)
