"""Durable collections from the annotation to the generated code."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from scm.compiler.artefacts import CanisterSpec, CollectionSpec, SourceModule
from scm.compiler.codec_c import CodecC
from scm.compiler.glue import Glue, write_glue
from scm.compiler.key_codecs import KeyCodecs
from scm.compiler.key_signatures import key_signature
from scm.compiler.native import make_native
from scm.compiler.plan import plan_slots
from scm.compiler.shapes import canister_types

Discover = Callable[[str], CanisterSpec]

KEYS = """
from scm import Opt, Principal, StableSet, blob, nat, nat8, int_, null, record, state, text, \
variant

@record
class Pair:
    first: text
    second: nat

@variant
class Red:
    pass

@variant("green")
class Green:
    shade: nat8
    name: text

@variant("blue")
class Blue:
    value: text

@record
class All:
    nothing: null
    flag: bool
    ratio: float
    pair: tuple[text, int_]

@state
class State:
    keys: StableSet[{}] = StableSet()
"""


def collections_of(spec: CanisterSpec) -> dict[str, CollectionSpec]:
    return {item.name: item for item in spec.collections}


def glue_of(spec: CanisterSpec) -> Glue:
    return write_glue(spec, plan_slots(spec), canister_types(spec))


def test_kinds_follow_from_the_classes(collector: CanisterSpec) -> None:
    found = {name: (item.kind, item.class_name) for name, item in collections_of(collector).items()}
    assert found == {
        "paid": ("map", "StableMap"),
        "deep": ("map", "StableMap"),
        "raw": ("bytes", "StableBlob"),
        "heap": ("heap", "StableHeap"),
        "log": ("list", "StableLog"),
        "listed": ("list", "StableList"),
        "line": ("list", "StableDeque"),
        "queue": ("list", "StableQueue"),
        "cell": ("cell", "StableCell"),
    }
    assert [field.name for field in collector.state.fields] == ["ledger"]


def test_nested_collections_are_levels(collector: CanisterSpec) -> None:
    levels = list(collections_of(collector)["deep"].levels())
    assert [(level.kind, level.name) for level in levels] == [
        ("map", "deep"),
        ("map", "deep"),
        ("set", "deep"),
    ]


def test_names_in_quotes_and_aliases_are_followed(discover_text: Discover) -> None:
    spec = discover_text(
        "from scm import StableMap, StableSet, nat, record, state, text\n"
        "Names = StableSet[text]\n"
        "@state\nclass State:\n"
        "    quoted: 'StableMap[Key, Names]' = StableMap()\n"
        "    half: StableMap['Key', 'Names'] = StableMap()\n"
        "    alias: Names = StableSet()\n"
        "@record\nclass Key:\n    number: nat\n"
    )
    found = collections_of(spec)
    assert list(found) == ["quoted", "half", "alias"]
    assert found["quoted"].key == found["half"].key
    assert found["half"].nested is not None


@pytest.mark.parametrize(
    ("key", "signature"),
    [
        ("nat", "nat"),
        ("int_", "int"),
        ("nat8", "nat8"),
        ("float", "float64"),
        ("blob", "blob"),
        ("Principal", "principal"),
        ("Opt[nat]", "opt(nat)"),
        ("text | None", "opt(text)"),
        ("tuple[nat8, text]", "(nat8,text)"),
        ("tuple[text, ...]", "vec(text)"),
        ("Pair", "(first:text,second:nat)"),
        ("All", "(nothing:null,flag:bool,ratio:float64,pair:(text,int))"),
        ("Red | Green | Blue", "variant(Red(),blue(value:text),green(shade:nat8,name:text))"),
    ],
)
def test_signature_of_a_key(discover_text: Discover, key: str, signature: str) -> None:
    spec = discover_text(KEYS.replace("{}", key).lstrip())
    (collection,) = spec.collections
    assert collection.key is not None
    classes = {(item.module, item.name): item for item in spec.classes}
    assert key_signature(collection.key, classes) == signature


def key_functions(spec: CanisterSpec, *, is_last: bool) -> str:
    (collection,) = spec.collections
    assert collection.key is not None
    codecs = KeyCodecs(CodecC(spec.classes, lambda module, name, shapes: "make"))
    number = codecs.number(collection.key, is_last=is_last)
    text = "\n".join(codecs.functions())
    assert f"static int write_key_{number}(" in text
    return text


def test_bytes_of_any_length_end_by_themselves_only_at_the_end(discover_text: Discover) -> None:
    spec = discover_text(KEYS.replace("{}", "tuple[text, Pair, blob]").lstrip())
    at_end = key_functions(spec, is_last=True)
    assert "scm_write_key_text(w, PyTuple_GET_ITEM(v, 0), 0)" in at_end
    assert "scm_write_key_blob(w, PyTuple_GET_ITEM(v, 2), 1)" in at_end
    before_more = key_functions(spec, is_last=False)
    assert "scm_write_key_blob(w, PyTuple_GET_ITEM(v, 2), 0)" in before_more


def test_elements_of_a_vec_are_never_the_end(discover_text: Discover) -> None:
    spec = discover_text(KEYS.replace("{}", "tuple[text, ...]").lstrip())
    assert "scm_write_key_text(w, item, 0)" in key_functions(spec, is_last=True)


def test_cases_are_numbered_in_alphabetical_order(discover_text: Discover) -> None:
    spec = discover_text(KEYS.replace("{}", "Red | Green | Blue").lstrip())
    text = key_functions(spec, is_last=True)
    order = re.findall(
        r"if \(SCM_IS\(v, CPyType_canister___(\w+)\)\)\n\s+return scm_write_byte\(w, (\d)", text
    )
    assert order == [("Red", "0"), ("Blue", "1"), ("Green", "2")]


def test_engine_has_a_row_for_each_level(collector: CanisterSpec) -> None:
    text = glue_of(collector).codecs_c
    table = text.partition("scm_collections[] = {")[2].partition("};")[0]
    rows = re.findall(r'\{"(\w+)", (\w+), (\d), "([^"]*)",[^}]*, (-?\d+)\}', table)
    assert rows == [
        ("paid", "SCM_MAP", "0", "principal", "-1"),
        ("deep", "SCM_MAP", "0", "nat", "2"),
        ("deep", "SCM_MAP", "1", "text", "3"),
        ("deep", "SCM_SET", "2", "text", "-1"),
        ("raw", "SCM_BYTES", "0", "", "-1"),
        ("heap", "SCM_HEAP", "0", "(nat64,text)", "-1"),
        ("log", "SCM_LIST", "0", "", "-1"),
        ("listed", "SCM_LIST", "0", "", "-1"),
        ("line", "SCM_LIST", "0", "", "-1"),
        ("queue", "SCM_LIST", "0", "", "-1"),
        ("cell", "SCM_CELL", "0", "", "-1"),
    ]
    assert "scm_collection_count = 11;" in text


def test_priority_of_a_heap_is_not_the_end_of_its_key(collector: CanisterSpec) -> None:
    text = glue_of(collector).codecs_c
    assert "scm_write_key_text(w, PyTuple_GET_ITEM(v, 1), 0)" in text
    assert "scm_write_key_text(w, PyTuple_GET_ITEM(v, 1), 1)" not in text


def test_canister_without_collections_has_an_empty_table(vault: CanisterSpec) -> None:
    glue = glue_of(vault)
    assert "scm_collection_count = 0;" in glue.codecs_c
    assert "scm.collections" not in glue.source


def test_messages_of_values_are_written_though_no_function_uses_them(
    collector: CanisterSpec,
) -> None:
    text = glue_of(collector).codecs_c
    numbers = set(re.findall(r"write_message_(\d+), read_message_\1", text))
    assert len(numbers) == 4  # nat, text, blob, a tuple.
    for number in numbers:
        assert f"static int write_message_{number}(" in text


def test_constructor_of_the_state_takes_collections_and_ignores_them(
    collector: CanisterSpec, collector_source: str
) -> None:
    result = make_native(SourceModule("canister", "canister.py", collector_source), collector)
    assert "from scm.collections.fields import attached as scm_field" in result
    assert "paid: StableMap[Principal, nat] = StableMap()" in result
    assert "self.ledger = ledger; self.paid = scm_field('paid')" in result
    assert result.count("\n") == collector_source.count("\n")


def test_state_keeps_the_objects_that_the_glue_made(collector: CanisterSpec) -> None:
    source = glue_of(collector).source
    assert "COLLECTION_deep.attach(collection_store.open(1))" in source
    assert "if state.deep is not COLLECTION_deep:" in source
    compile(source, str(Path("scm_entry.py")), "exec")


def test_memory_is_formatted_before_init_runs(collector: CanisterSpec) -> None:
    source = glue_of(collector).source
    assert re.search(r"MACHINE\.format\(\w+\)\n    MACHINE\.install\(m\d\.setup\(", source)


def test_words_on_names_keep_their_lines(discover_text: Discover) -> None:
    source = (
        "from scm import StableSet, nat, state, text\n\n@state(\n    renamed={\n"
        "        'total': 'sum',\n    },\n    dropped=('gone',),\n)\nclass State:\n"
        "    total: nat = 0\n    names: StableSet[text] = StableSet()\n\n"
        "    def double(self) -> int:\n        return 2 * self.total\n"
    )
    spec = discover_text(source)
    assert (spec.renamed, spec.dropped) == ((("total", "sum"),), ("gone",))
    result = make_native(SourceModule("canister", "canister.py", source), spec)
    assert result.splitlines()[13] == source.splitlines()[13]
    moved = "move_fields(self.directory, (('total', 'sum'),), ('gone',), reasons)"
    assert moved in glue_of(spec).source
