"""Users may choose any names: none of them collides with what the compiler generates."""

from __future__ import annotations

import pytest

from scm.binding.bind import BindOptions, bind
from scm.candid.did_parser import parse_did_document
from scm.candid.values import VariantValue
from scm.testing.building import install_canister

pytestmark = pytest.mark.toolchain

MODULES = {
    # Names that the generated module uses itself.
    "ic0.py": """\
from scm import nat, record


@record
class Thing:
    r: nat
    w: nat
    v: nat
    index: nat
    items: tuple[nat, ...]


def f(x: int) -> int:
    return x + 1
""",
    "cast.py": """\
from scm import nat, record, update


@record
class Reader:
    t: nat


@update
def cast(r: Reader, result: nat, message: nat) -> nat:
    return r.t + result + message
""",
    "canister.py": """\
import cast as other
from ic0 import Thing, f
from scm import nat, query, state, update


@state
class Store:
    state: nat = 0
    directory: nat = 1
    saved_state: nat = 3
    header: Thing | None = None


@update
def r(s: Store, w: Thing, r: nat, STORE: nat, rejection: nat) -> Thing:
    s.state += r + STORE + rejection
    s.header = w
    return w


@query
def fields(s: Store) -> list[nat]:
    return [s.state, s.directory, s.saved_state, f(1), other.cast(other.Reader(1), 2, 3)]
""",
}


ANY_SCRIPT = """\
from é import Art, ArtÉ, ArtÜ, Size
from scm import nat, state, update


@state
class Zähler:
    zähler: nat = 0


@update
def zähle(zustand: Zähler, größe: Size) -> Art:
    zustand.zähler += größe.größe
    return ArtÜ() if größe.größe else ArtÉ()
"""


def test_names_of_the_generated_module_are_free(build_canister, tmp_path, replica):
    folder = tmp_path / "collisions"
    folder.mkdir()
    for name, text in MODULES.items():
        (folder / name).write_text(text)
    canister = install_canister(replica, build_canister(folder))
    thing = {"r": 1, "w": 2, "v": 3, "index": 4, "items": [5, 6]}
    assert canister.r(thing, 10, 20, 30) == thing
    assert canister.call("cast", {"t": 1}, 2, 3) == 6
    assert canister.fields() == [60, 1, 3, 2, 6]
    replica.install(canister.canister_id, build_canister(folder), mode="upgrade")
    assert canister.fields() == [60, 1, 3, 2, 6]


def test_names_may_be_of_any_script(build_canister, tmp_path, replica):
    """As `scm bind` makes them of a `.did` that has them."""
    interface = (
        'type Size = record { "größe" : nat; "日本" : text }; type Art = variant { "é"; "ü" };'
    )
    module = bind(parse_did_document(interface), BindOptions("é.did"))
    (tmp_path / "é.py").write_text(module, encoding="utf-8")
    (tmp_path / "canister.py").write_text(ANY_SCRIPT, encoding="utf-8")
    canister = install_canister(replica, build_canister(tmp_path))
    assert canister.call("zähle", {"größe": 5, "日本": "x"}) == VariantValue("ü")
    assert canister.call("zähle", {"größe": 0, "日本": "x"}) == VariantValue("é")
