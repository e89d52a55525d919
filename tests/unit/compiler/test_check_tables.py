"""The check of function tables: small modules of no particular toolchain, one change at a time.

A function is `name` (exported), `$name` (in the name section), or `name!` (neither); its body is
made of its letters, so that functions of different names have different bodies.
"""

from __future__ import annotations

import pytest

from scm.compiler.callback_lock import CallbackLock
from scm.compiler.check_tables import TableComparison, callback_names, compare_tables
from scm.compiler.findings import Finding, is_safe
from scm.compiler.pin_callbacks import PinOptions, pin_callbacks
from scm.compiler.table_evidence import gather_evidence
from scm.compiler.table_fates import Fate
from scm.wasm.custom import custom_name
from scm.wasm.engine import WasmError, text_to_wasm
from scm.wasm.module import encode_module, parse_module


def function(name: str) -> str:
    """A function in WAT, after the notation of this file; `name@body` has the body of another."""
    name, _, body = name.partition("@")
    plain = name.strip("$!")
    drops = "".join(f"(drop (f32.const {ord(letter)}))" for letter in body or plain)
    export = "" if name.endswith("!") or name.startswith("$") else f'(export "{plain}")'
    debug_name = f'(@name "{plain}")' if name.startswith("$") else ""
    return f"(func {debug_name} {export} (param i32) {drops})"


def table(*names: str, first: int = 1, others: str = "") -> bytes:
    """A module whose table has these functions in a row, from index `first` on."""
    functions = "".join(function(name) for name in names)
    indices = " ".join(str(index) for index in range(len(names)))
    module = text_to_wasm(f"""
    (module {functions} {others} (table 100 funcref) (elem (i32.const {first}) func {indices}))
    """)
    if any(name.startswith("$") for name in names):
        return module
    return encode_module(parse_module(module).keeping(lambda s: custom_name(s) != "name"))


def compare(old: bytes, new: bytes, pending: dict[str, int] | None = None) -> TableComparison:
    return compare_tables(gather_evidence(old), gather_evidence(new), pending)


def fates(old: bytes, new: bytes) -> dict[Fate, int]:
    return {fate: count for fate, count in compare(old, new).counts.items() if count}


def troubles(comparison: TableComparison) -> list[str]:
    return [
        f"{item.severity}: {item.subject}: {item.reason}"
        for item in comparison.findings
        if item.severity != "safe"
    ]


def test_the_same_table_has_nothing_to_tell():
    comparison = compare(table("paid", "sent"), table("paid", "sent"))
    assert comparison.findings == (
        Finding("safe", "table indices 1, 2", "as before: `paid`, `sent`"),
    )
    assert str(comparison) == "2 table indices that the system can call: 2 stay"


def test_an_edited_function_with_its_name_stays():
    assert fates(table("paid", "$sent"), table("paid@else", "$sent@other")) == {Fate.STAYS: 2}


@pytest.mark.parametrize("kind", ["{}", "${}", "{}!"])
def test_functions_that_change_places_have_moved(kind):
    one, two = kind.format("paid"), kind.format("sent")
    comparison = compare(table(one, two), table(two, one))
    assert {fate: n for fate, n in comparison.counts.items() if n} == {Fate.MOVED: 2}
    assert not is_safe(list(comparison.findings))
    assert comparison.findings[0].help.startswith("pin the callbacks with `scm pin`")
    label = "a function without a name" if kind == "{}!" else "`paid`"
    other = "a function without a name" if kind == "{}!" else "`sent`"
    assert troubles(comparison)[0] == (
        f"unsafe: table index 1: {label} stood there, {other} stands there now: a call in flight"
        f" that was made through it reaches another function; {label} is at 2 now"
    )


def test_a_function_in_front_moves_all_others():
    old, new = table("paid", "sent"), table("audited", "paid", "sent")
    assert fates(old, new) == {Fate.MOVED: 2, Fate.APPEARED: 1}
    assert fates(old, table("paid", "sent", first=2)) == {
        Fate.MOVED: 1,
        Fate.VANISHED: 1,
        Fate.APPEARED: 1,
    }


def test_neighbours_that_went_the_same_way_are_told_together():
    names = [f"${letter}" for letter in "abcde"]
    assert troubles(compare(table(*names), table("$new", "$newer", *names))) == [
        "unsafe: table indices 1 to 5: 5 functions stood there (`a`, `b`, `c`, `d`, 1 more by name)"
        " and stand 2 further on now: a call in flight that was made through one of them reaches"
        " another function, or traps"
    ]
    assert "5 further back" in troubles(compare(table(*names, first=9), table(*names, first=4)))[0]
    exported = [name.strip("$") for name in names]
    assert len(troubles(compare(table(*exported), table("new", *exported)))) == 5


def test_an_index_that_nothing_holds_traps():
    assert troubles(compare(table("paid", "sent"), table("paid"))) == [
        "unsafe: table index 2: `sent` stood there, now no callback does: the response of a call in"
        " flight that was made through it traps"
    ]
    comparison = compare(table("paid", "sent"), table("paid", others=function("sent")))
    assert troubles(comparison)[0].endswith("traps; `sent` is in the table no more")


def test_functions_of_other_types_are_not_callbacks():
    old = text_to_wasm("""(module (func (export "a") (param i32)) (func (export "b"))
      (table 9 funcref) (elem (i32.const 1) func 0 1))""")
    new = text_to_wasm("""(module (func (export "b")) (func (export "a") (param i32))
      (table 9 funcref) (elem (i32.const 1) func 1))""")
    assert fates(old, new) == {Fate.STAYS: 1}


def test_bodies_alone_are_not_enough_for_a_promise():
    comparison = compare(table("paid!", "sent!"), table("paid!", "sent!"))
    assert troubles(comparison) == [
        "warning: table indices 1, 2: as before, as far as bodies tell without constants: 2 without"
        " a name"
    ]


def test_an_edited_function_without_a_name_cannot_be_told():
    comparison = compare(table("paid!"), table("other!"))
    assert comparison.counts[Fate.UNKNOWN] == 1
    assert "an edited function or another one, which can't be told" in troubles(comparison)[0]


def test_functions_that_are_alike_cannot_be_told_apart_when_one_is_added():
    old, new = table("x!@alike", "y!@alike"), table("x!@alike", "y!@alike", "z!@alike")
    assert fates(old, new) == {Fate.UNKNOWN: 2, Fate.APPEARED: 1}
    assert fates(old, old) == {Fate.ALIKE: 2}


def test_names_that_are_given_twice_are_not_enough():
    old = table("$lambda@one", "$lambda@two")
    assert fates(old, old) == {Fate.STAYS: 2}
    assert fates(old, table("$lambda@two", "$lambda@one")) == {Fate.UNKNOWN: 2}
    assert fates(old, table("$lambda@one", "$lambda@edited")) == {
        Fate.STAYS: 1,
        Fate.UNKNOWN: 1,
    }


def test_a_numbered_name_is_known_by_its_body():
    assert fates(table("$k13@body"), table("$k15@body")) == {Fate.ALIKE: 1}


def test_a_module_that_lost_its_names_is_compared_by_bodies():
    assert fates(table("$paid", "$sent"), table("sent!", "paid!")) == {Fate.MOVED: 2}


def test_only_callbacks_that_calls_wait_for_matter_if_they_are_known():
    old, new = table("paid", "sent"), table("sent", "paid")
    assert is_safe(list(compare(old, new, {}).findings))
    findings = compare(old, new, {"sent": 2}).findings
    assert [finding.severity for finding in findings] == ["unsafe", "safe"]
    assert findings[1].reason.endswith("; but no call waits for it")


def test_memories_of_another_width_are_unsafe():
    wide = text_to_wasm('(module (memory i64 1) (func (export "paid") (param i64)))')
    assert troubles(compare(table("paid"), wide)) == [
        "unsafe: memory: callbacks had type `(i32) -> ()` and have `(i64) -> ()`: the response of a"
        " call in flight traps"
    ]
    assert is_safe(list(compare(table("paid"), wide, {"paid": 0}).findings))


def test_an_invalid_module_is_refused():
    with pytest.raises(WasmError):
        gather_evidence(b"\0asm\x01\0\0\0\x03\x02\x01\x05")


NO_LOCK = CallbackLock()


def pinned(module: bytes, lock: CallbackLock = NO_LOCK, retire: str = "") -> bytes:
    names = frozenset(retire.split())
    return pin_callbacks(module, lock, PinOptions(retire=names))[0]


PAID = '(func (export "scm_callback paid") (param i32) (drop (i64.const 1)))'
SENT = '(func (export "scm_callback sent") (param i32) (drop (f64.const 1)))'


def lock_of(*modules: bytes) -> CallbackLock:
    lock = CallbackLock()
    for module in modules:
        entries = pin_callbacks(module, lock, PinOptions())[1]
        lock = CallbackLock(entries, (1,) * len(entries))
    return lock


def test_pinned_callbacks_stay_whatever_else_moves():
    old = table("helper!", others=PAID)
    new = table("other!", "helper!", others=SENT + PAID)
    comparison = compare(pinned(old), pinned(new, lock_of(old)))
    assert is_safe(list(comparison.findings))
    assert comparison.findings[0] == Finding("safe", "table index 65,552", "as before: `paid`")
    assert troubles(comparison) == [
        "warning: table index 1: other functions than before; the callbacks are elsewhere, so only"
        " a call that was made through a function's address, instead of its slot, is led astray"
    ]


def test_a_module_that_was_pinned_by_another_slot_file_is_unsafe():
    old, new = table("helper!", others=PAID), table("helper!", others=SENT + PAID)
    found = troubles(compare(pinned(old), pinned(new)))
    assert found == [
        "unsafe: table index 65,552: `paid` stood there, `sent` stands there now: a call in flight"
        " that was made through it reaches another function; `paid` is at 65,553 now"
    ]


def test_a_retired_callback_is_unsafe_while_calls_may_wait():
    old, new = table("helper!", others=PAID + SENT), table("helper!", others=PAID)
    lock = lock_of(old)
    retired = pinned(new, lock, retire="sent")
    assert troubles(compare(pinned(old), retired)) == [
        "unsafe: table index 65,553: `sent` is retired: the response of a call in flight finds the"
        " function for retired callbacks there"
    ]
    assert is_safe(list(compare(pinned(old), retired, {"paid": 3}).findings))
    assert callback_names(gather_evidence(retired)) == {"paid", "sent"}
