"""Drawings of graphs: Mermaid and SVG, of sound names and hostile ones."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import combinations

import pytest
from attrs import evolve
from tests.unit.graph.machines import PAY, handler, interface, large, manifest, small

from scm.candid.did import CandidService, print_did
from scm.candid.types import Func, Method, Service
from scm.compiler.machine import EntryPoint, Transition
from scm.compiler.manifest import TimerEntry
from scm.graph.difference import Picture, compare, picture_of
from scm.graph.listing import graph_document, list_graph
from scm.graph.mermaid import draw_mermaid
from scm.graph.model import make_graph
from scm.graph.svg import draw_svg
from scm.graph.texts import width_of

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = (
    '"]; click x href "javascript:alert(1)" %%',
    "</title><script>alert(1)</script>",
    "end",
    "a\nb\u2028c\x07\u202e",
    "`**x**` #quot; & <b>",
    "名前" * 30,
)


def hostile() -> Picture:
    machine = [
        EntryPoint("update", name, True, True, (Transition("then", f"Ledger.{name}", "paid"),))
        for name in HOSTILE
    ]
    methods = [Method(name, Func([], [])) for name in HOSTILE]
    did = print_did(CandidService(Service(methods), init_args=()))
    found = make_graph(manifest([handler("paid", 65_552)], machine), did)
    assert {node.name for node in found.nodes} >= set(HOSTILE)
    return picture_of(found)


def test_mermaid_of_a_small_machine() -> None:
    assert draw_mermaid(picture_of(small())).splitlines() == [
        "flowchart LR",
        '    update_pay(["<b>pay</b><br>update"]):::update',
        '    handler_paid["<b>paid</b><br>slot 65552<br>context: to"]:::handler',
        '    callee_Index_add[["<b>Index.add</b>"]]:::callee',
        '    reply(("<b>reply</b>")):::reply',
        '    reject(("<b>reject</b>")):::reject',
        '    update_pay -->|"Ledger.transfer"| handler_paid',
        "    handler_paid -.-> callee_Index_add",
        "    handler_paid --> reject",
        "    handler_paid --> reply",
        '    subgraph group1["Answer without a call"]',
        "        direction LR",
        '        init(["<b>init</b><br>at install"]):::init',
        '        query_total(["<b>total</b><br>query"]):::query',
        "    end",
        '    subgraph group2["Retired: their slots stay taken"]',
        "        direction LR",
        '        retired_gone["<b>gone</b><br>retired, slot 65553<br>context: to"]:::retired',
        "    end",
        "    style group1 fill:none,stroke:#94a3b8",
        "    style group2 fill:none,stroke:#94a3b8",
        "    classDef init fill:#e2e8f0,stroke:#64748b,color:#0f172a",
        "    classDef update fill:#dbeafe,stroke:#2563eb,color:#172554",
        "    classDef query fill:#ccfbf1,stroke:#0d9488,color:#042f2e",
        "    classDef handler fill:#ede9fe,stroke:#7c3aed,color:#2e1065",
        "    classDef retired fill:#f1f5f9,stroke:#94a3b8,color:#475569,stroke-dasharray:5 4",
        "    classDef callee fill:#fef3c7,stroke:#b45309,color:#451a03",
        "    classDef reply fill:#f8fafc,stroke:#475569,color:#0f172a",
        "    classDef reject fill:#f8fafc,stroke:#475569,color:#0f172a",
    ]


def test_mermaid_of_a_difference_marks_in_words_and_colours() -> None:
    text = draw_mermaid(compare(small([]), small()))
    assert '    update_pay -->|"Ledger.transfer (added)"| handler_paid' in text
    assert '    reply(("<b>reply</b> (added)")):::added' in text
    assert 'legend_removed["removed"]:::removed' in text
    assert "    linkStyle 0,1,2,3 stroke:#16a34a,stroke-width:2px" in text


def test_names_can_not_leave_their_labels_in_mermaid() -> None:
    lines = draw_mermaid(hostile()).splitlines()
    labels = re.compile(r'"[^"]*"')
    for line in lines:
        assert line.count('"') in (0, 2)
        assert re.fullmatch(r"[\w (){}:.,>|#=\[\]-]*", labels.sub("", line), re.ASCII), line
        assert not re.search(r"[`\\\x00-\x1f\u2028\u202e]|%%|<(?!br>|/?b>)", line)
    identifiers = [found[1] for line in lines if (found := re.match(r" +(\w+)\(\[", line))]
    assert len(identifiers) == len(set(identifiers)) == len(HOSTILE) + 1


def test_names_are_text_and_nothing_else_in_svg() -> None:
    text = draw_svg(hostile())
    root = ET.fromstring(text)
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags == {"svg", "title", "style", "rect", "g", "text", "path", "line"}
    assert all(letter.isprintable() or letter == "\n" for letter in text)


def test_svg_needs_nothing_from_outside() -> None:
    text = draw_svg(picture_of(small()))
    assert "href" not in text
    assert "url(" not in text
    assert text.count("http") == 1  # The namespace.


@pytest.mark.parametrize("seed", range(12))
def test_boxes_of_large_machines_never_overlap(seed: int) -> None:
    root = ET.fromstring(draw_svg(picture_of(large(seed))))
    page, *boxes = [
        [float(element.attrib[name]) for name in ("x", "y", "width", "height")]
        for element in root.iter(f"{SVG}rect")
        if not element.attrib["class"].startswith("bar-")
    ]
    assert len(boxes) > 60
    for x, y, width, height in boxes:
        assert page[0] < x
        assert page[1] < y
        assert x + width < page[0] + page[2]
        assert y + height < page[1] + page[3]
    for one, other in combinations(boxes, 2):
        beside = one[0] + one[2] <= other[0] or other[0] + other[2] <= one[0]
        below = one[1] + one[3] <= other[1] or other[1] + other[3] <= one[1]
        assert beside or below, (one, other)


@pytest.mark.parametrize("seed", range(6))
def test_text_stays_in_its_box_and_is_whole_in_the_tooltip(seed: int) -> None:
    picture = picture_of(large(seed))
    root = ET.fromstring(draw_svg(picture))
    tooltips = "\n".join(title.text or "" for title in root.iter(f"{SVG}title"))
    for node in picture.graph.nodes:
        assert node.name in tooltips
    for group in root.iter(f"{SVG}g"):
        box = group.find(f"{SVG}rect")
        assert box is not None
        left = float(box.attrib["x"])
        right = left + float(box.attrib["width"])
        for text in group.iter(f"{SVG}text"):
            size = 13 if text.attrib["class"] == "name" else 11
            width = width_of(text.text or "", size)
            start = float(text.attrib["x"])
            if text.attrib["class"].startswith(("labelname", "endname")):
                start -= width / 2
            assert left <= start
            assert start + width <= right


def test_drawings_are_the_same_every_time() -> None:
    picture, again = picture_of(large(1)), picture_of(large(1))
    assert draw_svg(picture) == draw_svg(again)
    assert draw_mermaid(picture) == draw_mermaid(again)


def test_a_module_without_transitions_shows_what_it_has() -> None:
    manifest_without = manifest([handler("paid", 65_552)], None)
    picture = picture_of(make_graph(manifest_without, interface("pay : () -> ()")))
    assert picture.graph.edges == ()
    assert picture.remarks == (
        "the module was built by a version of scm that did not record transitions",
    )
    assert 'subgraph group2["Response handlers"]' in draw_mermaid(picture)
    assert "did not record" in draw_svg(picture)


def test_timers_are_drawn() -> None:
    timers = (TimerEntry("sweep", "()", 5_400), TimerEntry("remind", "(record { to : text })", 0))
    machine = [
        evolve(PAY, transitions=(Transition("set_timer", "", "remind"),)),
        EntryPoint("on_timer", "remind", False, False, ()),
        EntryPoint("every", "sweep", False, False, ()),
    ]
    abi = evolve(manifest([], machine), timers=timers)
    picture = picture_of(make_graph(abi, interface("pay : () -> (text)")))
    text = draw_mermaid(picture)
    assert '    update_pay -.->|"sets"| timer_remind' in text
    assert 'timer_remind{{"<b>remind</b><br>timer handler<br>context: to"}}:::timer' in text
    assert 'timer_sweep{{"<b>sweep</b><br>timer handler<br>every: 5,400 s"}}:::timer' in text
    assert "  -> sets a timer of remind" in list(list_graph(picture))
    assert "5,400 s" in draw_svg(picture)


def test_calls_through_a_proxy_are_dotted_and_have_their_callee() -> None:
    sent = EntryPoint("update", "pay", True, False, (Transition("via", "Ledger.pay", "paid"),))
    picture = picture_of(small([sent, EntryPoint("on_response", "paid", True, False, ())]))
    assert "  -> Ledger.pay, through a proxy -> paid" in list(list_graph(picture))
    line = '    update_pay -.->|"Ledger.pay through a proxy"| handler_paid'
    assert line in draw_mermaid(picture).splitlines()
    drawing = draw_svg(picture)
    assert "Ledger.pay" in drawing
    assert drawing.count('class="edge kept send"') == 2


def test_document_and_lines_tell_every_node_and_edge() -> None:
    picture = picture_of(small())
    document = graph_document(picture)
    assert [node["id"] for node in document["nodes"]] == [node.id for node in picture.graph.nodes]
    assert document["edges"][0] == {
        "source": "method pay",
        "target": "handler paid",
        "kind": "then",
        "callee": "Ledger.transfer",
    }
    assert list(list_graph(picture)) == [
        "init: at install; arguments (principal)",
        "pay: update; arguments (principal, nat); reply (text)",
        "  -> Ledger.transfer -> paid",
        "total: query; arguments (); reply (nat)",
        "  -> reply",
        "paid: response handler; context (record { to : principal }); response (nat); reply (text);"
        " slot 65552",
        "  -> Index.add, one way",
        "  -> reject",
        "  -> reply",
        "gone: retired handler; context (record { to : principal }); response (nat); reply (text);"
        " slot 65553",
    ]


def test_a_handler_that_retries_has_two_lines_to_its_call() -> None:
    again = EntryPoint("on_response", "paid", True, False, (PAY.transitions[0],))
    root = ET.fromstring(draw_svg(picture_of(small([PAY, again]))))
    paths = [path.attrib["d"] for path in root.iter(f"{SVG}path")]
    assert len(paths) == len(set(paths))
