"""The difference of two graphs: what came, what went, what changed, what is not known."""

from __future__ import annotations

from attrs import evolve
from tests.unit.graph.machines import PAID, PAY, TOTAL, handler, interface, manifest, small

from scm.compiler.machine import EntryPoint, Transition
from scm.compiler.manifest import TimerEntry
from scm.graph.difference import Picture, compare
from scm.graph.listing import graph_document, list_graph
from scm.graph.mermaid import draw_mermaid
from scm.graph.model import Graph, make_graph
from scm.graph.svg import draw_svg

CONTEXT = "(record { to : principal; memo : opt text })"


def graph(**changes: str) -> Graph:
    entry = handler("paid", int(changes.pop("slot", "65552")), **changes)
    return make_graph(manifest([entry], [PAY, PAID]), interface("pay : () -> (text)"))


def statuses(picture: Picture) -> dict[str, str]:
    return {str(id): status for id, status in picture.node_status.items()}


def test_a_graph_does_not_differ_from_itself() -> None:
    picture = compare(small(), small())
    assert set(picture.node_status.values()) == {"kept"}
    assert set(picture.edge_status.values()) == {"kept"}
    assert list(list_graph(picture)) == ["  9 nodes and 5 edges are the same"]


def test_what_came_and_what_went() -> None:
    old = make_graph(manifest([], [TOTAL]), interface("total : () -> (nat) query"))
    new = make_graph(
        manifest([handler("paid", 65_552)], [PAY, PAID]), interface("pay : () -> (text)")
    )
    assert statuses(compare(old, new)) == {
        "init": "kept",
        "method pay": "added",
        "handler paid": "added",
        "callee Index.add": "added",
        "callee Ledger.transfer": "added",
        "reply": "kept",
        "reject": "added",
        "method total": "removed",
    }
    assert list(list_graph(compare(old, new))) == [
        "+ update pay",
        "+ response handler paid",
        "+ call of Index.add",
        "+ call of Ledger.transfer",
        "+ reject",
        "- query total",
        "+ pay -> Ledger.transfer -> paid",
        "+ paid -> Index.add, one way",
        "+ paid -> reject",
        "+ paid -> reply",
        "- total -> reply",
        "  2 nodes and 0 edges are the same",
    ]


def test_every_part_of_a_handler_is_compared() -> None:
    old = graph()
    for name, value in (("response", "(text)"), ("reply", "(nat)"), ("slot", "65553")):
        picture = compare(old, graph(**{name: value}))
        assert picture.node_status[old.nodes[2].id] == "changed"
        [change] = picture.changes[old.nodes[2].id]
        assert (change.name, change.after) == (name, value)
    retired = compare(old, graph(status="retired"))
    assert [str(change) for change in retired.changes[old.nodes[2].id]] == [
        "kind: handler → retired"
    ]


def test_records_are_compared_by_the_field() -> None:
    picture = compare(graph(), graph(context=CONTEXT))
    assert "~ response handler paid: context: + memo : opt text" in list(list_graph(picture))
    [change] = next(iter(picture.changes.values()))
    assert (change.before, change.after) == ("(record { to : principal })", CONTEXT)


def test_a_named_type_that_changed_is_a_change_of_its_methods() -> None:
    did = "type T = record { x : nat };\nservice : () -> { get : () -> (T) query };\n"
    old = make_graph(manifest([], []), did)
    new = make_graph(manifest([], []), did.replace("nat", "int"))
    assert statuses(compare(old, new)) == {"init": "kept", "method get": "changed"}
    assert statuses(compare(old, make_graph(manifest([], []), did.replace("T", "U")))) == {
        "init": "kept",
        "method get": "kept",
    }


def test_transitions_that_one_side_does_not_tell_are_not_compared() -> None:
    entries: list[EntryPoint] | None = None
    old = make_graph(manifest([handler("paid", 65_552)], entries), interface("pay : () -> (text)"))
    picture = compare(old, graph())
    assert set(picture.edge_status.values()) == {"kept"}
    assert set(picture.node_status.values()) == {"kept"}
    assert picture.remarks == (
        "the old version was built by a version of scm that did not record transitions",
    )


def test_what_a_handler_says_about_traps_and_time_is_compared() -> None:
    slots, did = [handler("paid", 65_552)], interface("pay : () -> (text)")
    old, new = (
        make_graph(manifest(slots, [PAY, evolve(PAID, valid_seconds=seconds)]), did)
        for seconds in (60, 3_600)
    )
    assert "~ response handler paid: valid for: 60 s → 3,600 s" in list(
        list_graph(compare(old, new))
    )
    untold = make_graph(manifest(slots, None), did)
    assert not compare(untold, new).changes


def test_what_a_retired_handler_answers_is_told() -> None:
    gone = evolve(handler("paid", 65_552, status="retired"), answer="paid is gone")
    new = make_graph(manifest([gone], []), interface("pay : () -> (text)"))
    assert "~ retired handler paid: kind: handler → retired; answer: none → paid is gone" in list(
        list_graph(compare(graph(), new))
    )


def test_a_handler_with_a_new_name_is_the_same_node() -> None:
    did = interface("pay : () -> (text)")
    slots = [evolve(handler("settled", 65_552), formerly=("paid", "sent"))]
    to_settled = evolve(PAY, transitions=(Transition("then", "Ledger.transfer", "settled"),))
    new = make_graph(manifest(slots, [to_settled, evolve(PAID, name="settled")]), did)
    picture = compare(graph(), new)
    assert set(picture.edge_status.values()) == {"kept"}
    assert "~ response handler settled: name: paid → settled" in list(list_graph(picture))
    assert "paid → settled" in draw_svg(picture)
    assert "paid → settled" in draw_mermaid(picture)


def test_a_timer_handler_with_a_new_name_is_the_same_node() -> None:
    def version(*timers: TimerEntry) -> Graph:
        return make_graph(evolve(manifest([], []), timers=timers), interface("pay : () -> ()"))

    before, after = TimerEntry("remind", "(nat)", 0), TimerEntry("nudge", "(nat)", 0, ("remind",))
    picture = compare(version(before), version(after))
    assert "~ timer handler nudge: name: remind → nudge" in list(list_graph(picture))
    assert "removed" not in picture.node_status.values()


def test_document_of_a_difference_has_statuses_and_changes() -> None:
    document = graph_document(compare(graph(), graph(context=CONTEXT)))
    paid = next(node for node in document["nodes"] if node["id"] == "handler paid")
    assert paid["status"] == "changed"
    assert [change["name"] for change in paid["changes"]] == ["context"]
    assert {edge["status"] for edge in document["edges"]} == {"kept"}
