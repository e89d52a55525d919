"""The fuel of each program as bars from Motoko's, which is 1: one SVG for light and dark pages."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Final

from tools.compare_programs import Result

from scm.graph.svg_shapes import path_shape, shape, text_shape
from scm.graph.svg_style import FACT_SIZE, MARGIN, STYLE, TITLE_SIZE

_SERIES: Final = (
    ("scm", "scm", "bar-update"),
    ("CPython", "CPython, interpreting", "bar-callee"),
    ("C", "C", "bar-init"),
)
"""A language, its name in the legend, and the class of its bars."""
_TICKS: Final = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0)
_WIDTH: Final = 900.0
_LABELS: Final = 206.0
_NUMBERS: Final = 60.0
_TOP: Final = 92.0
_BAR: Final = 8.0
_ROW: Final = 34.0


def draw_plot(results: Sequence[Result]) -> str:
    """The text of an SVG file; programs that Motoko has not are left out."""
    shown = [result for result in results if "Motoko" in result.costs]
    bottom = _TOP + _ROW * len(shown)
    height = bottom + MARGIN
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {_WIDTH:g} {height:g}",
            "width": f"{_WIDTH:g}",
            "height": f"{height:g}",
        },
    )
    shape(root, "title", text="Fuel by program, as a multiple of Motoko's")
    shape(root, "style", text=STYLE)
    frame = {"x": 0.5, "y": 0.5, "width": _WIDTH - 1, "height": height - 1, "rx": 10}
    shape(root, "rect", "page", frame)
    text_shape(
        root,
        "title",
        MARGIN,
        MARGIN + TITLE_SIZE / 2,
        "Fuel, as a multiple of Motoko's",
    )
    _legend(root)
    for tick in _TICKS:
        x = _place(tick)
        path_shape(root, "edge" if tick == 1 else "group", f"M{x:g} {_TOP - 6:g}V{bottom:g}")
        text_shape(root, "fact", x - 3 * len(f"{tick:g}"), _TOP - 12, f"{tick:g}")
    text_shape(root, "fact", _WIDTH - _NUMBERS, _TOP - 12, "scm")
    for number, result in enumerate(shown):
        _row(root, result, _TOP + _ROW * number)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def _legend(root: ET.Element) -> None:
    x = MARGIN
    for _language, name, css in _SERIES:
        shape(root, "rect", css, {"x": x, "y": 52, "width": 10, "height": 10, "rx": 2})
        text_shape(root, "value", x + 16, 61, name)
        x += 40 + FACT_SIZE * 0.61 * len(name)


def _row(root: ET.Element, result: Result, top: float) -> None:
    text_shape(root, "value", MARGIN, top + _ROW / 2 + 4, result.program.title)
    y = top + (_ROW - _BAR * len(_SERIES)) / 2
    for language, name, css in _SERIES:
        ratio = result.ratio(language, "Motoko")
        if ratio is not None:
            start, end = sorted((_place(1.0), _place(ratio)))
            group = shape(root, "g")
            shape(group, "title", text=f"{result.program.title}, {name}: {ratio:.3g}")
            bar = {
                "x": start,
                "y": y,
                "width": max(end - start, 1),
                "height": _BAR - 1.5,
                "rx": 1.5,
            }
            shape(group, "rect", css, bar)
            if language == "scm":
                text_shape(root, "value", _WIDTH - _NUMBERS, top + _ROW / 2 + 4, f"{ratio:.2f}")
        y += _BAR


def _place(ratio: float) -> float:
    """Where on the logarithmic axis a ratio is; those outside of it are at its ends."""
    low, high = math.log10(_TICKS[0]), math.log10(_TICKS[-1])
    part = (math.log10(ratio) - low) / (high - low)
    return MARGIN + _LABELS + min(max(part, 0.0), 1.0) * (_WIDTH - _NUMBERS - 2 * MARGIN - _LABELS)
