"""What discovery reads out of a canister's source; its diagnostics are in `test_diagnostics.py`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scm.compiler.artefacts import (
    CanisterSpec,
    OptShape,
    RecordShape,
    ScalarShape,
    Shape,
    VariantShape,
    VecShape,
)
from scm.compiler.discover import discover
from scm.compiler.project import load_project
from scm.errors import SourceError, SourceSpan

Discover = Callable[[str], CanisterSpec]

NAT = ScalarShape("nat")
RESULT = VariantShape(
    "TransferResult",
    (
        ("canister", "Ok"),
        ("canister", "TransferErr"),
        ("canister", "BadFee"),
        ("canister", "Busy"),
    ),
)
STATE = "@state\nclass State:\n    total: nat = 0\n\n"


def shape_of(discover_text: Discover, annotation: str, before: str = "") -> Shape:
    source = f"{before}\n{STATE}@update\ndef act(state: State, x: {annotation}) -> None: pass\n"
    return discover_text(source).methods[0].parameters[0].shape


def test_state_fields_keep_order_default_and_place(vault: CanisterSpec) -> None:
    ledger, payouts = vault.state.fields
    assert (ledger.name, ledger.shape, ledger.default) == ("ledger", ScalarShape("principal"), None)
    assert (payouts.name, payouts.shape, payouts.default) == ("payouts", NAT, "0")
    assert payouts.span.column == 5
    assert vault.name == "vault"


def test_init_has_no_state_and_no_result(vault: CanisterSpec) -> None:
    assert vault.init is not None
    assert not vault.init.takes_state
    assert vault.init.result is None
    assert [parameter.name for parameter in vault.init.parameters] == ["ledger"]


def test_methods_are_in_order_of_declaration(vault: CanisterSpec) -> None:
    assert [(method.name, method.kind, method.may_call) for method in vault.methods] == [
        ("pay", "update", True),
        ("payouts", "query", False),
        ("version", "query", False),
    ]
    pay, payouts, version = vault.methods
    assert [parameter.shape for parameter in pay.parameters] == [ScalarShape("principal"), NAT]
    assert pay.result == NAT
    assert payouts.takes_state
    assert not version.takes_state
    assert version.result == OptShape(ScalarShape("text"))


def test_handlers_know_context_response_and_reply(vault: CanisterSpec) -> None:
    paid, pinged = vault.handlers
    assert (paid.context, paid.response, paid.result) == (
        RecordShape("canister", "Payout"),
        RESULT,
        NAT,
    )
    assert (paid.takes_context, paid.may_call) == (True, True)
    assert (pinged.context, pinged.response, pinged.result) == (None, None, None)
    assert (pinged.takes_context, pinged.may_call) == (False, False)


def test_classes_have_kinds_and_tags(vault: CanisterSpec) -> None:
    assert [(item.name, item.kind, item.tag) for item in vault.classes] == [
        ("Ok", "variant", "Ok"),
        ("TransferErr", "variant", "Err"),
        ("BadFee", "variant", "BadFee"),
        ("Busy", "variant", "Busy"),
        ("Payout", "record", ""),
    ]


def test_services_have_typed_methods(vault: CanisterSpec) -> None:
    (ledger,) = vault.services
    transfer, ping = ledger.methods
    assert (transfer.arguments, transfer.result) == ((ScalarShape("principal"), NAT), RESULT)
    assert (ping.arguments, ping.result) == ((), None)


def test_methods_of_a_service_may_have_any_public_name(discover_text: Discover) -> None:
    spec = discover_text(
        STATE
        + """
from typing import Annotated
from scm import Method, Name, Service
class Peer(Service):
    plain: Method[[nat], None]
    import_: Annotated[Method[[nat], None], Name("import")]
    nameless: Annotated[Method[[nat], None], Name("")]
"""
    )
    (peer,) = spec.services
    assert [method.public_name for method in peer.methods] == ["plain", "import", ""]


def test_spans_count_characters_not_bytes(discover_text: Discover) -> None:
    spec = discover_text(STATE + "@update\ndef act(state: State, é: nat, ß: nat) -> None: pass\n")
    assert [parameter.name for parameter in spec.methods[0].parameters] == ["é", "ß"]
    with pytest.raises(SourceError) as caught:
        discover_text(STATE + "@update\ndef act(state: State, é: nat, ß: set) -> None: pass\n")
    span = caught.value.diagnostics[0].span
    assert span is not None
    assert (span.column, span.end_column) == (34, 37)


@pytest.mark.parametrize(
    ("annotation", "shape"),
    [
        ("bool", ScalarShape("bool")),
        ("int", ScalarShape("int")),
        ("float", ScalarShape("float64")),
        ("str", ScalarShape("text")),
        ("bytes", ScalarShape("blob")),
        ("nat64", ScalarShape("nat64")),
        ("list[nat]", VecShape(NAT, "list")),
        ("tuple[nat, ...]", VecShape(NAT, "tuple")),
        ("nat | None", OptShape(NAT)),
        ("None | nat", OptShape(NAT)),
        ('"nat | None"', OptShape(NAT)),
        ("list['nat | None']", VecShape(OptShape(NAT), "list")),
    ],
)
def test_annotation_becomes_shape(discover_text: Discover, annotation: str, shape: Shape) -> None:
    assert shape == shape_of(discover_text, annotation)


def test_typing_spellings_and_aliases_are_the_same_shapes(discover_text: Discover) -> None:
    before = (
        "from typing import Annotated, List, Optional, Tuple, TypeAlias, Union\n"
        "Amount: TypeAlias = nat64\n"
        "Amounts = list[Amount]\n"
    )
    amounts = VecShape(ScalarShape("nat64"), "list")
    assert OptShape(amounts) == shape_of(discover_text, "Optional[Amounts]", before)
    assert OptShape(NAT) == shape_of(discover_text, "Union[nat, None]", before)
    assert VecShape(NAT, "list") == shape_of(discover_text, "List[nat]", before)
    assert ScalarShape("text") == shape_of(discover_text, 'Annotated[str, "a note"]', before)


def test_union_in_place_and_by_name_are_one_shape(discover_text: Discover) -> None:
    before = "@variant\nclass A:\n    pass\n@variant\nclass B:\n    pass\nAnswer = A | B\n"
    answer = VariantShape("Answer", (("canister", "A"), ("canister", "B")))
    for annotation in ("Answer", "A | B", "B | A", "'A | B'"):
        assert answer == shape_of(discover_text, annotation, before)
    assert OptShape(answer) == shape_of(discover_text, "Answer | None", before)


def test_reply_now_or_later_may_be_a_variant(discover_text: Discover) -> None:
    before = "@variant\nclass A:\n    pass\n@variant\nclass B:\n    pass\nAnswer = A | B\n"
    spec = discover_text(
        f"{before}{STATE}@update\ndef act(s: State) -> Answer | Pending[Answer]: return A()\n"
        "@update\ndef opt(s: State) -> nat | None | Pending[nat | None]: return None\n"
        "@update\ndef none(s: State) -> None | Pending[None]: return None\n"
    )
    act, opt, none = spec.methods
    assert act.result == VariantShape("Answer", (("canister", "A"), ("canister", "B")))
    assert opt.result == OptShape(NAT)
    assert none.result is None
    assert [method.may_call for method in spec.methods] == [True, True, True]


def test_future_annotations_and_renamed_types_change_nothing(discover_text: Discover) -> None:
    source = (
        "from scm import nat as natural, query, update, state\n"
        "import scm\n\n"
        "@state\nclass State:\n    total: natural = 0\n\n"
        "@update\ndef act(state: State, x: natural) -> scm.text: return ''\n"
    )
    plain = discover_text(source)
    future = discover_text(f"from __future__ import annotations; {source}")
    for spec in (plain, future):
        assert [item.shape for item in spec.methods[0].parameters] == [NAT]
        assert spec.methods[0].result == ScalarShape("text")


def test_star_imports_are_seen(tmp_path: Path) -> None:
    (tmp_path / "canister.py").write_text(
        "from scm import *\nfrom shared import *\n" + STATE + "@query\ndef act() -> Item: ...\n"
    )
    (tmp_path / "shared.py").write_text("from scm import *\n@record\nclass Item:\n    a: nat\n")
    spec = discover(load_project(tmp_path))
    assert spec.methods[0].result == RecordShape("shared", "Item")


def test_record_may_contain_itself_through_opt_and_vec(discover_text: Discover) -> None:
    spec = discover_text(
        STATE + "@record\nclass Tree:\n    left: 'Tree | None'\n    more: 'tuple[Tree, ...]'\n"
    )
    tree = RecordShape("canister", "Tree")
    assert [field.shape for field in spec.classes[0].fields] == [
        OptShape(tree),
        VecShape(tree, "tuple"),
    ]


def test_import_leaves_no_trace(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "canister.py").write_text(
        "import sys\nfrom scm import *\nprint('{}')\nsys.stdout.write('noise')\n" + STATE
    )
    before = set(sys.modules)
    discover(load_project(tmp_path))
    assert capfd.readouterr() == ("", "")
    assert not {"canister"} & (set(sys.modules) - before)
    assert [path.name for path in tmp_path.iterdir()] == ["canister.py"]


def test_import_does_not_see_other_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "json.py").write_text("raise RuntimeError\n")
    (tmp_path / "canister.py").write_text("import json\nfrom scm import *\n" + STATE)
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("PYTHONPATH", str(elsewhere))
    assert discover(load_project(tmp_path)).state.name == "State"


def test_failing_import_in_another_module_is_placed_there(tmp_path: Path) -> None:
    (tmp_path / "canister.py").write_text("import other\nfrom scm import *\n" + STATE)
    (tmp_path / "other.py").write_text("def f():\n    return 1 / 0\n\nf()\n")
    with pytest.raises(SourceError) as caught:
        discover(load_project(tmp_path))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "import-failed"
    assert "ZeroDivisionError: division by zero" in diagnostic.message
    assert diagnostic.span == SourceSpan("other.py", 2, 12, 2, 17)


def test_same_source_elsewhere_gives_the_same_spec(
    discover_text: Discover, vault_source: str, vault: CanisterSpec
) -> None:
    assert vault == discover_text(vault_source)
