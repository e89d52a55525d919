"""Paths to where types part; two types that clash are told once, where they first meet."""

from __future__ import annotations

import pytest

from scm.compiler.shapes import explain_texts
from scm.compiler.type_clashes import find_type_clashes


@pytest.mark.parametrize(
    ("sub", "super", "paths"),
    [
        ("(nat)", "(int)", []),
        ("(nat)", "(text)", ["context"]),
        ("()", "(nat)", ["context"]),
        ("(record { a : nat })", "(record { a : nat; b : text })", ["context.b"]),
        (
            "(record { a : opt nat; b : vec record { c : nat } })",
            "(record { a : opt text; b : vec record { c : bool } })",
            ["context.a", "context.b[].c"],
        ),
        ("(variant { a; b })", "(variant { a })", ["context.b"]),
        ("(nat, nat)", "(nat, text)", ["context(1)"]),
        ("(nat)", "(nat, text)", ["context(1)"]),
        ("(func (nat) -> (nat))", "(func (nat) -> (text))", ["context.result(0)"]),
        ("(service { a : () -> () })", "(service { b : () -> () })", ["context.b"]),
        (
            "type T = record { next : opt T; v : nat }; (T)",
            "type T = record { next : opt T; v : text }; (T)",
            ["context.v"],
        ),
    ],
)
def test_every_clash_has_a_path(sub: str, super: str, paths: list[str]) -> None:
    clashes = find_type_clashes(sub, super, "context")
    assert [clash.path for clash in clashes] == paths
    first = explain_texts(sub, super)
    assert first == (clashes[0].reason if clashes else None)
