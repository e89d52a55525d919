"""A boot that leaves out what earlier ones did not need: the same result, whatever it guesses."""

from __future__ import annotations

from pathlib import Path

import pytest

from scm.compiler import boot as boot_module
from scm.compiler.boot import boot
from scm.compiler.boot_functions import leave_out
from scm.compiler.cache import Cache
from scm.compiler.snapshot import take_snapshot
from scm.errors import SnapshotError
from scm.wasm.engine import text_to_wasm
from scm.wasm.module import SectionId, encode_module, parse_module

MANY = 70  # More than there are bits in a mark.


def module_of(*, called: int, through_table: bool = False, end: str = "") -> bytes:
    """A module whose boot calls the first functions of many, each of which writes a byte."""
    others = "\n".join(
        f"(func $f{n} (type $run) (i32.store8 (i32.const {n}) (i32.const {n + 1})))"
        for n in range(MANY)
    )
    names = " ".join(f"$f{n}" for n in range(MANY))
    call = "(call_indirect (type $run) (i32.const {}))" if through_table else "(call $f{})"
    calls = "\n".join(call.format(n) for n in range(called))
    return text_to_wasm(f"""
    (module
      (import "ic0" "time" (func $time (result i64)))
      (type $run (func))
      (memory 1) (table {MANY} funcref) (elem (i32.const 0) func {names})
      (global $count (mut i64) (i64.const 0))
      {others}
      (func $never (result i32) (i32.const 7))
      (func (export "scm_boot")
        {calls}
        (global.set $count (i64.const {called})) {end}))
    """)


def whole_boot(module: bytes) -> object:
    return take_snapshot(module, "scm_boot", b"")


def remembered(cache: Cache) -> set[str]:
    (path,) = (cache.folder / "boot-functions").glob("*/idle")
    return set(path.read_text(encoding="utf-8").split("\n"))


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path)


@pytest.fixture
def boots(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the modules that are booted."""
    sizes: list[int] = []

    def observed(module: bytes, export: str, argument: bytes) -> object:
        sizes.append(len(module))
        return take_snapshot(module, export, argument)

    monkeypatch.setattr(boot_module, "take_snapshot", observed)
    return sizes


@pytest.mark.parametrize("through_table", [False, True])
def test_functions_that_no_boot_has_run_are_left_out_of_the_next(
    cache: Cache, boots: list[int], through_table: bool
) -> None:
    module = module_of(called=66, through_table=through_table)
    first = boot(module, b"", "kind", cache)
    second = boot(module, b"", "kind", cache)

    assert first == second == whole_boot(module)
    assert remembered(cache) == {"f66", "f67", "f68", "f69", "never"}
    assert len(boots) == 2
    assert boots[1] < boots[0]


@pytest.mark.parametrize("through_table", [False, True])
def test_a_boot_that_needs_more_is_done_again_with_everything(
    cache: Cache, boots: list[int], through_table: bool
) -> None:
    boot(module_of(called=3), b"", "kind", cache)
    more = module_of(called=5, through_table=through_table)

    assert boot(more, b"", "kind", cache) == whole_boot(more)
    assert len(boots) == 3
    assert {"f3", "f4"} & remembered(cache) == set()
    assert boot(more, b"", "kind", cache) == whole_boot(more)
    assert len(boots) == 4


def test_what_one_boot_needed_is_kept_for_another(cache: Cache, boots: list[int]) -> None:
    more, less = module_of(called=5), module_of(called=3)
    for module in (more, less, more):
        assert boot(module, b"", "kind", cache) == whole_boot(module)
    assert len(boots) == 3


def test_other_kinds_of_boots_are_remembered_by_themselves(cache: Cache, boots: list[int]) -> None:
    boot(module_of(called=3), b"", "kind", cache)
    boot(module_of(called=5), b"", "other", cache)
    assert len(boots) == 2


def test_a_boot_that_fails_fails_in_the_same_words(cache: Cache, boots: list[int]) -> None:
    good, bad = module_of(called=3), module_of(called=3, end="(unreachable)")
    with pytest.raises(SnapshotError) as alone:
        boot(bad, b"", "kind", cache)
    boot(good, b"", "kind", cache)
    with pytest.raises(SnapshotError) as later:
        boot(bad, b"", "kind", cache)

    assert str(alone.value) == str(later.value) == "boot trapped: unreachable"
    assert len(boots) == 4


def test_a_boot_that_ends_for_another_reason_is_not_done_twice(
    cache: Cache, boots: list[int]
) -> None:
    boot(module_of(called=3), b"", "kind", cache)
    with pytest.raises(SnapshotError, match="called ic0"):
        boot(module_of(called=3, end="(drop (call $time))"), b"", "kind", cache)
    assert len(boots) == 2


def test_tables_of_other_forms_stay_as_they_are() -> None:
    module = parse_module(
        text_to_wasm("""
        (module (memory 1) (table 2 funcref)
          (elem (i32.const 0) funcref (ref.func $f) (ref.null func))
          (func $f) (func (export "scm_boot")))
        """)
    )
    changed = leave_out(module, {"f"})
    assert changed.find(SectionId.ELEMENT) == module.find(SectionId.ELEMENT)
    take_snapshot(encode_module(changed), "scm_boot", b"")
