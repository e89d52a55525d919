"""The tables of `tools/compare` as Markdown, and their place in `docs/performance.md`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tools.bench_canisters import LANGUAGES
from tools.compare_plot import draw_plot
from tools.compare_programs import AHEAD_OF_MOTOKO_MIN, Result

Sizes = dict[str, dict[str, tuple[int, int]]]
"""By canister and language: bytes, and bytes compressed."""

_DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
_PAGE: Final = _DOCS / "performance.md"
_PLOT: Final = _DOCS / "performance-programs.svg"
_BEGIN: Final = "<!-- What `tools/compare --write` writes begins here. -->\n"
_END: Final = "<!-- What `tools/compare --write` writes ends here. -->\n"


def report(results: Sequence[Result], sizes: Sizes, missed: Sequence[str]) -> str:
    """All tables, with a line for each goal that is missed."""
    parts = [
        _fuel_table(results),
        _pages_table(results),
        _sizes_table(sizes),
        _goals(results, missed),
    ]
    return "\n".join(parts)


def write_report(results: Sequence[Result], sizes: Sizes, missed: Sequence[str]) -> None:
    """Put the tables between their marks in `docs/performance.md`, and the plot beside it."""
    _PLOT.write_text(draw_plot(results), encoding="utf-8")
    before, rest = _PAGE.read_text(encoding="utf-8").split(_BEGIN)
    _old, after = rest.split(_END)
    image = f"![Fuel by program, Motoko's is 1]({_PLOT.name})\n\n"
    text = before + _BEGIN + image + report(results, sizes, missed) + _END + after
    _PAGE.write_text(text, encoding="utf-8")


def _fuel_table(results: Sequence[Result]) -> str:
    rows = [
        [
            result.program.title,
            *(_count(result, language) for language in LANGUAGES),
            _times(result.ratio("scm", "Motoko"), 2),
            _times(result.ratio("scm", "C"), 1),
            _times(result.ratio("CPython", "scm"), 1),
        ]
        for result in results
    ]
    return _table(["fuel", *LANGUAGES, "scm / Motoko", "scm / C", "CPython / scm"], rows)


def _pages_table(results: Sequence[Result]) -> str:
    rows = [
        [
            result.program.title,
            *(
                f"{cost.changed:,} / {cost.written:,}" if cost else "-"
                for cost in map(result.costs.get, LANGUAGES)
            ),
        ]
        for result in results
        if any(cost.written for cost in result.costs.values())
    ]
    return _table(["pages changed / written", *LANGUAGES], rows)


def _sizes_table(sizes: Sizes) -> str:
    rows = [
        [f"{canister}, {unit}", *(_size(by_language.get(name), at) for name in LANGUAGES)]
        for canister, by_language in sizes.items()
        for at, unit in enumerate(("bytes", "gzip"))
    ]
    return _table(["module", *LANGUAGES], rows)


def _goals(results: Sequence[Result], missed: Sequence[str]) -> str:
    ratios = [ratio for result in results if (ratio := result.ratio("scm", "Motoko")) is not None]
    ahead = sum(ratio < 1 for ratio in ratios)
    lines = [
        f"Ahead of Motoko in {ahead} of {len(ratios)} programs (goal: {AHEAD_OF_MOTOKO_MIN}); "
        f"at worst {max(ratios):.2f} times its fuel.",
        *(f"- Missed: {line}." for line in missed),
        *(
            f"- {item.program.title}: {item.program.reason}"
            for item in results
            if item.program.reason
        ),
    ]
    return "\n".join(lines[:1] + ([""] if lines[1:] else []) + lines[1:]) + "\n"


def _count(result: Result, language: str) -> str:
    cost = result.costs.get(language)
    return f"{cost.fuel:,}" if cost else "-"


def _times(ratio: float | None, digits: int) -> str:
    return "-" if ratio is None else f"{ratio:.{digits}f}"


def _size(size: tuple[int, int] | None, at: int) -> str:
    return "-" if size is None else f"{size[at]:,}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(cells)} |" for cells in (heads, *rows)]
    lines.insert(1, "|---|" + "---:|" * (len(heads) - 1))
    return "\n".join(lines) + "\n"
