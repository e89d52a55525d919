"""Runs `tests/cases/wasm/*.wat`: what the stages make of small modules, against `.expected` files.

The first lines of a case say what to do with it and what it must then answer:
`;; BOOT boot` snapshots it, `;; PIN name slot` pins, `;; CALL export = 5` and
`;; SLOT 7 env` run the result.  The `.expected` file describes the resulting module.
"""

import re
from pathlib import Path

import pytest

from scm.compiler.pin import pin
from scm.compiler.rewrite import rewrite
from scm.compiler.snapshot import take_snapshot
from scm.wasm import engine
from scm.wasm.constants import integer_of
from scm.wasm.module import Module, SectionId, parse_module
from scm.wasm.sections import Limits, all_memories, all_tables, read_exports, read_globals
from scm.wasm.segments import read_data
from scm.wasm.table import function_labels, table_layout

CASES = sorted((Path(__file__).parents[2] / "cases" / "wasm").glob("*.wat"))


def directives(text: str, word: str) -> list[list[str]]:
    return [line.split() for line in re.findall(rf"^;; {word} (.*)$", text, re.MULTILINE)]


def build(text: str) -> bytes:
    module_bytes = engine.text_to_wasm(text)
    for (boot,) in directives(text, "BOOT"):
        snapshot = take_snapshot(module_bytes, boot)
        module_bytes = rewrite(module_bytes, snapshot, removed_exports=[boot])
    pins = {name: int(slot) for name, slot in directives(text, "PIN")}
    return pin(module_bytes, pins)


def describe(module_bytes: bytes) -> str:
    module = parse_module(module_bytes)
    labels = function_labels(module_bytes)
    lines = [f"memory {span(memory)}" for memory in all_memories(module)]
    lines += [f"table {span(table.limits)}" for table in all_tables(module)]
    lines += [
        f"global {index} = {entry.initialiser.hex()}"
        for index, entry in enumerate(read_globals(module))
    ]
    lines += [f"export {entry.name}" for entry in read_exports(module)]
    lines += [f"slot {slot} {labels[index]}" for slot, index in table_layout(module_bytes).items()]
    lines += data_lines(module)
    if module.find(SectionId.START) is not None:
        lines.append("start")
    return "\n".join(lines) + "\n"


def span(limits: Limits) -> str:
    maximum = "" if limits.maximum is None else limits.maximum
    return f"{limits.minimum}..{maximum}{' i64' if limits.is_64 else ''}"


def data_lines(module: Module) -> list[str]:
    return [f"data {integer_of(s.offset)} {s.contents.hex()}" for s in read_data(module)]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case_gives_the_expected_module(path, request):
    actual = describe(build(path.read_text()))
    if request.config.getoption("--bless", default=False):
        path.with_suffix(".expected").write_text(actual)
    assert actual == path.with_suffix(".expected").read_text()


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case_behaves_as_it_says(path):
    text = path.read_text()
    result = build(text)
    engine.validate(result)
    instance = engine.instantiate(engine.compile_module(result), {}, fuel=100_000)
    for slot, env in directives(text, "SLOT"):
        instance.call_table(int(slot), int(env))
    for export, _, value in directives(text, "CALL"):
        assert instance.call(export) == int(value)


def test_there_are_cases():
    assert len(CASES) >= 4
