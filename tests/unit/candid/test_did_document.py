"""What the parser of `.did` files keeps beside the types: comments, names, places, order."""

import re

import pytest

from scm.candid.did_document import INIT_PATH, SERVICE_PATH, definition_path
from scm.candid.did_parser import parse_did, parse_did_document
from scm.candid.types import field_hash

SOURCE = """\
// The head of the file, set apart.

/**
 * An account:
 *   - one per owner
 */
/// and subaccount.
type Account = record {
    owner : principal; // said behind, so not about what follows
    // Defaults to zeros.
    subaccount : opt blob;
    /* on the line */ 7 : nat;
};
// Beside.
type Zebra = vec opt variant {
    // Here.
    A;

    // There.

    B : func (nat, /* in a line */ n : text) -> (done : bool);
};
// What it does.
service : (/* in a line */ owner : principal) -> {
    // Moves.
    zap : (from : Account, nat) -> ();
    add : (Account) -> (sum : nat) query;
};
"""


def test_comments_directly_above_are_kept() -> None:
    document = parse_did_document(SOURCE)
    account = definition_path("Account")
    inner = (*definition_path("Zebra"), "vec", "opt")

    docs = {path: note.doc for path, note in document.notes.items() if note.doc}
    assert docs == {
        account: "An account:\n  - one per owner\nand subaccount.",
        (*account, field_hash("subaccount")): "Defaults to zeros.",
        (*account, 7): "on the line",
        definition_path("Zebra"): "Beside.",
        (*inner, field_hash("A")): "Here.",
        SERVICE_PATH: "What it does.",
        (*SERVICE_PATH, "method", "zap"): "Moves.",
    }


def test_names_of_arguments_and_results_are_kept() -> None:
    document = parse_did_document(SOURCE)
    names = {path: note.name for path, note in document.notes.items() if note.name}

    function = (*definition_path("Zebra"), "vec", "opt", field_hash("B"))
    assert names == {
        (*function, "arg", 1): "n",
        (*function, "result", 0): "done",
        (*INIT_PATH, "arg", 0): "owner",
        (*SERVICE_PATH, "method", "zap", "arg", 0): "from",
        (*SERVICE_PATH, "method", "add", "result", 0): "sum",
    }


def test_order_and_places_are_those_of_the_file() -> None:
    document = parse_did_document(SOURCE)

    assert document.definitions() == ["Account", "Zebra"]
    assert document.methods(SERVICE_PATH) == ["zap", "add"]
    note = document.note((*definition_path("Account"), 7))
    assert (note.line, note.column) == (12, 23)
    assert document.note(definition_path("Account")).line == 8


def test_documentation_does_not_change_the_interface() -> None:
    bare = re.sub(r"//[^\n]*|/\*.*?\*/", " ", SOURCE, flags=re.DOTALL)

    assert "//" not in bare
    assert parse_did(bare) == parse_did(SOURCE)


@pytest.mark.parametrize(
    ("comment", "doc"),
    [
        ("// one\n//   two\n//three", "one\n  two\nthree"),
        ("//\n// one\n//\n// two\n//", "one\n\ntwo"),
        ("/* one */ /* two */", "one\ntwo"),
        ("/* one\n     two\n   three */", "one\n  two\nthree"),
        ("// one \r\n// two\r", "one\ntwo"),
        ("/* a /* nested */ one */", "a /* nested */ one"),
        ("/**/", ""),
        ("/***********\n * boxed *\n ***********/", "boxed *"),
        ("// apart\n\n// one", "one"),
    ],
)
def test_marks_of_comments_are_taken_off(comment: str, doc: str) -> None:
    document = parse_did_document(f"type Before = nat;\n{comment}\ntype T = nat;")

    assert document.note(definition_path("T")).doc == doc
    assert document.note(definition_path("Before")).doc == ""
