"""What `scm graph` does: draw the state machine of one version, or the difference of two."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from scm.candid.errors import CandidSyntaxError, CandidTypeError
from scm.cli.commands import read_abi
from scm.cli.console import Console
from scm.errors import ConfigurationError
from scm.graph.difference import Picture, compare, picture_of
from scm.graph.listing import graph_document, list_differences, list_graph
from scm.graph.mermaid import draw_mermaid
from scm.graph.model import Graph, make_graph
from scm.graph.svg import draw_svg

_FORMATS: Final = {
    ".svg": "svg",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".json": "json",
    ".txt": "text",
}


def run(
    path: Path, new: Path | None, output: Path | None, drawing: str | None, console: Console
) -> int:
    """`scm graph`: the result is the drawing, or the path of the file with it."""
    format = drawing or _format_of(output)
    graph = _read_graph(path)
    picture = picture_of(graph) if new is None else compare(graph, _read_graph(new))
    text = _draw(picture, format)
    if picture.is_difference and (format != "text" or output is not None):
        for line in list_differences(picture):
            console.say(line)
    elif format != "text":
        for remark in picture.remarks:
            console.say(f"note: {remark}")
    if output is None:
        console.result(text)
    else:
        output.write_text(f"{text}\n", encoding="utf-8")
        console.result(str(output))
    return 0


def _format_of(output: Path | None) -> str:
    if output is None:
        return "mermaid"
    if output.suffix not in _FORMATS:
        raise ConfigurationError(
            f"`{output}` does not tell what to write by its ending",
            f"add `--format`, or end the name with one of {', '.join(_FORMATS)}",
        )
    return _FORMATS[output.suffix]


def _read_graph(path: Path) -> Graph:
    manifest, did = read_abi(path)
    try:
        return make_graph(manifest, did)
    except (CandidSyntaxError, CandidTypeError) as error:
        raise ConfigurationError(
            f"the interface in `{path}` is damaged: {error}", "build the canister again"
        ) from error


def _draw(picture: Picture, format: str) -> str:
    match format:
        case "svg":
            return draw_svg(picture)
        case "json":
            return json.dumps(graph_document(picture), indent=2, ensure_ascii=False)
        case "text":
            return "\n".join(list_graph(picture))
        case _:
            return draw_mermaid(picture)
