"""Names, order, documentation and refusals of `bind`."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scm.binding.bind import BindOptions, bind
from scm.binding.binder import BindingError
from scm.binding.names import constant_name, module_name
from scm.binding.prose import cleaned, width_of
from scm.candid.did_document import DidDocument
from scm.candid.did_files import read_did_document
from scm.candid.did_parser import parse_did_document
from scm.model import Principal

LINE_LENGTH = 88


def made(source: str | DidDocument, name: str = "", canister_id: Principal | None = None) -> str:
    document = parse_did_document(source) if isinstance(source, str) else source
    return bind(document, BindOptions("some-canister.did", "", name, canister_id, LINE_LENGTH))


def names_of(text: str) -> list[str]:
    """What a module defines, in order."""
    found: list[str] = []
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef):
            found.append(node.name)
        elif isinstance(node, ast.Assign):
            found += [target.id for target in node.targets if isinstance(target, ast.Name)]
    return found


def test_an_alias_comes_after_what_it_names() -> None:
    text = made("type A = vec B; type B = opt C; type C = record { a : A }; type D = nat;")

    assert names_of(text) == ["C", "B", "A", "D"]


def test_a_name_that_needs_no_change_keeps_it() -> None:
    text = made("type result_ok = nat; type ResultOk = text; type resultOk = blob;")

    assert text.endswith("\nResultOk2 = nat\nResultOk = text\nResultOk3 = blob\n")


def test_names_do_not_depend_on_what_is_used() -> None:
    text = made("type Principal = nat; type Service = nat; type Name = nat; type O = nat;")

    assert names_of(text) == ["PrincipalType", "ServiceType", "NameType", "OType"]


def test_a_class_without_a_name_is_not_named_like_a_field() -> None:
    text = made("type T = record { a : record { x : nat }; TA : nat };")

    assert "class TA2:" in text
    assert "a: TA2\n    TA: nat\n" in text


def test_the_service_is_named_like_the_file_or_as_asked() -> None:
    source = "service : { m : () -> () }"

    assert names_of(made(source)) == ["SomeCanister"]
    assert names_of(made(source, "Other")) == ["Other"]
    assert names_of(made(f"type some_canister = nat; {source}")) == [
        "SomeCanister",
        "SomeCanisterService",
    ]


def test_a_service_that_is_a_name_is_one_class() -> None:
    text = made("type S = service { m : (S) -> () }; service : S", "Other", Principal(b""))

    assert "class S(Service):\n    m: Method[[S], None]\n\n\nOther = S\n" in text
    assert text.endswith('OTHER = Other(Principal.from_text("aaaaa-aa"))\n')


def test_a_constant_does_not_hide_the_class() -> None:
    assert names_of(made("service : {}", "LEDGER", Principal(b""))) == ["LEDGER", "LEDGER_CANISTER"]


def test_init_arguments_make_no_classes() -> None:
    assert names_of(made("service : (record { a : nat }) -> {}")) == ["SomeCanister"]


def test_a_function_type_of_a_method_is_shared_with_its_definition() -> None:
    text = made(
        "type S = service { a : F; b : G }; type G = F;"
        "type F = func (record { x : nat }) -> (); service : S"
    )

    assert text.count("class FArg:") == 1
    assert text.count("Method[[FArg], None]") == 2


@pytest.mark.parametrize(
    ("source", "place", "reason"),
    [
        ("type T = vec T;", (1, 1), "type `T` contains itself"),
        ("type A = nat;\n  type F = func (F) -> ();", (2, 3), "type `F` contains itself"),
        ("type A = opt B; type B = vec A;", (1, 1), "type `A` contains itself"),
        ("type T = record {\n a : vec variant {} };", (2, 10), "a variant without tags"),
        ("service : { m : () -> (variant {}) }", (1, 24), "a variant without tags"),
    ],
)
def test_what_has_no_face_in_python_is_refused_with_its_place(
    source: str, place: tuple[int, int], reason: str
) -> None:
    with pytest.raises(BindingError) as caught:
        made(source)
    error = caught.value
    assert (error.note.line, error.note.column) == place
    assert error.message.startswith(reason)
    assert error.help


@pytest.mark.parametrize(
    ("name", "canister_id", "source"),
    [
        ("Account", None, "type account = nat; service : {}"),
        ("Account", None, "type T = nat;"),
        ("", Principal(b""), "type T = nat;"),
    ],
)
def test_wishes_that_do_not_fit_the_file_are_refused(
    name: str, canister_id: Principal | None, source: str
) -> None:
    with pytest.raises(BindingError, match=r"name of the service|no service"):
        made(source, name, canister_id)


def test_imported_files_are_bound_along_with_their_comments(tmp_path: Path) -> None:
    (tmp_path / "types.did").write_text("// An owner.\ntype Owner = principal;\n")
    (tmp_path / "base.did").write_text(
        "type Base = service {\n // Who.\n owner : () -> (Owner) query };\n"
        'import "types.did";\nservice : Base\n'
    )
    whole = 'import service "base.did";\nservice : {\n // More.\n more : (Base) -> () }\n'
    (tmp_path / "some.did").write_text(whole)

    text = made(read_did_document(tmp_path / "some.did"))
    assert names_of(text) == ["Owner", "Base", "SomeCanister"]
    assert 'Owner = Principal\n"""An owner."""\n' in text
    assert text.count('owner: QueryMethod[[], Owner]\n    """Who."""\n') == 2
    assert 'more: Method[[Base], None]\n    """More."""\n' in text


def test_a_mistake_in_an_imported_file_names_that_file(tmp_path: Path) -> None:
    (tmp_path / "types.did").write_text("type T = vec T;\n")
    (tmp_path / "some.did").write_text('import "types.did";\n')

    with pytest.raises(BindingError) as caught:
        made(read_did_document(tmp_path / "some.did"))
    assert caught.value.note.file == str(tmp_path / "types.did")


@pytest.mark.parametrize(
    ("name", "constant"),
    [("IcpLedger", "ICP_LEDGER"), ("Icrc1", "ICRC1"), ("EVMRpc2x", "EVM_RPC2X"), ("L", "L")],
)
def test_constants_are_in_capitals(name: str, constant: str) -> None:
    assert constant_name(name) == constant


@pytest.mark.parametrize(
    ("stem", "module"),
    [
        ("icp-ledger", "icp_ledger"),
        ("import", "import_"),
        ("token", "token_"),
        ("scm", "scm_"),
        ("3pool", "did_3pool"),
        ("…", "canister"),
        ("é-ü", "é_ü"),
        ("e\u0301", "é"),
        ("٣", "did_٣"),
    ],
)
def test_modules_are_named_so_that_they_can_be_imported(stem: str, module: str) -> None:
    assert module_name(stem) == module


COMMENTS = st.lists(
    st.text(st.sampled_from("abc\"'\\ \t\v#:*-_.é日\u202e\u2028\x00\x0c\r"), max_size=120),
    max_size=4,
)


@given(comments=COMMENTS, on_field=st.booleans())
def test_comments_can_say_anything(comments: list[str], on_field: bool) -> None:
    lines = "".join(f"// {comment}\n" for comment in comments)
    source = f"type T = record {{\n{lines}a : nat }};" if on_field else f"{lines}type T = nat;"

    text = made(source)
    tree = ast.parse(text)
    assert names_of(text) == ["T"]
    assert text.count("\n") == len(text.splitlines())
    documented = [node for node in tree.body if isinstance(node, ast.Expr)]
    assert len(documented) <= 2
    for line in text.splitlines():
        assert width_of(line) <= LINE_LENGTH


HARD = st.lists(
    st.one_of(
        st.text("\\", min_size=1, max_size=200),
        st.text('"', min_size=1, max_size=7),
        st.text('"\\', min_size=1, max_size=100),
        st.sampled_from(
            [" ", "a", "'", '"""', "\\N{", "\\x", "\\u12", "word ", "日本", "http://x/", "\n"]
        ),
        st.characters(max_codepoint=0xA0),
    ),
    max_size=12,
).map("".join)


@given(comment=HARD, line_length=st.sampled_from([60, 61, 88]))
def test_docstrings_have_the_words_of_comments(comment: str, line_length: int) -> None:
    comment = comment.replace("\r", " ")
    lines = "".join(f"// {line}\n" for line in comment.split("\n"))
    source = f"{lines}service : {{\n{lines}m : () -> () }};"
    text = bind(parse_did_document(source), BindOptions("some.did", line_length=line_length))

    compile(text, "some.py", "exec")
    (service,) = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    said = [
        item.value.value
        for item in service.body
        if isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant)
    ]
    expected = without_space(cleaned(comment))
    assert [without_space(str(doc)) for doc in said] == ([expected, expected] if expected else [])


def without_space(text: str) -> str:
    """The letters of a text: a word that is longer than a line is broken."""
    return "".join(text.split())


@pytest.mark.parametrize(
    "end", ["", "\\", "\\" * 87, '"', '""', '"""', '""""', '\\"', "\x00", "\x1b["]
)
@pytest.mark.parametrize("start", ["", "\\", '"', '""', '"""', "\t", "\x07"])
@pytest.mark.parametrize("size", [0, 1, 40, 74, 75, 76, 77, 78, 79, 80, 81, 82, 170])
def test_docstrings_may_begin_and_end_with_anything(start: str, size: int, end: str) -> None:
    comment = f"{start}{'x' * size}{end}"
    text = made(f"// {comment}\nservice : {{}}")
    compile(text, "some.py", "exec")
    (service,) = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    assert without_space(ast.get_docstring(service) or "") == without_space(cleaned(comment))


def test_a_long_word_may_begin_with_a_letter_of_no_width() -> None:
    word = "\u0301" + "x" * 100
    (service,) = [
        node
        for node in ast.parse(made(f"// {word}\nservice : {{}}")).body
        if isinstance(node, ast.ClassDef)
    ]
    assert without_space(ast.get_docstring(service) or "") == word


def test_a_method_without_a_name_makes_a_module_that_imports(tmp_path: Path) -> None:
    module = tmp_path / "some.py"
    module.write_text(made('service : { "" : () -> (); "\\00" : (nat) -> () }'), encoding="utf-8")
    subprocess.run([sys.executable, str(module)], check=True, cwd=tmp_path)
    assert 'Name("")' in module.read_text(encoding="utf-8")


NODES = st.integers(0, 5).map("T{}".format)
DEFINITIONS = st.lists(
    st.one_of(
        st.sampled_from(["nat", "record { a : T0 }", "variant { a : T1 }", "service {}"]),
        st.builds("opt {}".format, NODES),
        st.builds("vec opt {}".format, NODES),
        st.builds("record {{ {}; {} }}".format, NODES, NODES),
        st.builds("opt record {{ vec record {{ {} }}; {} }}".format, NODES, NODES),
        st.builds("func ({}) -> ({})".format, NODES, NODES),
    ),
    min_size=6,
    max_size=6,
)


@given(DEFINITIONS)
def test_types_that_contain_each_other_import_or_are_refused(definitions: list[str]) -> None:
    source = "".join(f"type T{index} = {type};\n" for index, type in enumerate(definitions))
    try:
        text = made(source)
    except BindingError:
        return
    exec(compile(text, "some.py", "exec", dont_inherit=True), {"__name__": __name__})


def test_long_chains_of_names_take_no_more_than_their_length() -> None:
    chain = "".join(f"type t{index} = opt t{index + 1};\n" for index in range(10_000))
    text = made(f"{chain}type t10000 = nat;")
    assert text.count("\n") > 10_000
    with pytest.raises(BindingError, match="`t0` contains itself"):
        made(f"{chain}type t10000 = vec t0;")


def test_what_is_said_about_the_file_is_not_said_about_its_first_type() -> None:
    source = "// Licence.\n// More of it.\n\n/* Version 2 */\n\n{}type A = nat;\n"
    assert "Licence" not in made(source.format(""))
    assert "Version" not in made(source.format(""))
    assert made(source.format("// Amount.\n")).endswith('A = nat\n"""Amount."""\n')


NAMES = st.text(st.sampled_from("aB_1 \"'\\éß\u0301٣ﬁ²日‿\n.-"), max_size=90)


@given(names=st.lists(NAMES, min_size=1, max_size=6, unique=True))
def test_labels_can_be_anything(names: list[str]) -> None:
    quoted = ["".join(f"\\{byte:02x}" for byte in name.encode()) for name in names]
    cases = "; ".join(f'"{name}"' for name in quoted)
    fields = "; ".join(f'"{name}" : nat' for name in quoted)
    methods = "; ".join(f'"{name}" : () -> ()' for name in quoted)

    text = made(
        f"type V = variant {{ {cases} }}; type R = record {{ {fields} }}; service : {{ {methods} }}"
    )
    defined = names_of(text)
    assert len(set(defined)) == len(defined) == len(names) + 3
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef) and node.name in ("R", "SomeCanister"):
            fields_found = [item.target for item in node.body if isinstance(item, ast.AnnAssign)]
            found = {target.id for target in fields_found if isinstance(target, ast.Name)}
            assert len(found) == len(names)


def test_names_of_any_script_stay_as_they_are() -> None:
    text = made('type T = record { "größe" : nat; "日本" : text }; type V = variant { "é"; "ü" };')
    assert "    größe: nat\n    日本: text\n" in text
    assert names_of(text) == ["T", "VÉ", "VÜ", "V"]


def test_a_name_that_python_would_read_as_another_is_annotated() -> None:
    text = made('type T = record { "ﬁx" : nat; "x²" : nat; "e\u0301" : nat; "é" : nat }')
    assert '    fix: Annotated[nat, Name("ﬁx")]\n' in text
    assert '    x2: Annotated[nat, Name("x²")]\n' in text
    assert '    é_2: Annotated[nat, Name("e\u0301")]\n    é: nat\n' in text


def test_layout_is_that_of_ruff_at_every_length(tmp_path: Path) -> None:
    """Each statement, with names of every length about the limit of a line."""
    parts: list[str] = []
    for size in range(20, 90):
        long = "A" * size
        parts += [
            f"type T{size}{long} = nat",
            f"type U{size} = vec T{size}{long}",
            f"type V{size} = opt record {{ T{size}{long}; text }}",
            f"type W{size} = variant {{ {long}; B }}",
            f"type F{size} = func (T{size}{long}) -> (T{size}{long}, nat)",
            f"type R{size} = record {{ a : opt T{size}{long}; b : opt opt T{size}{long};"
            f' "c d" : opt T{size}{long}; "e f" : T{size}{long} }}',
            f"type S{size} = service {{ m : (T{size}{long}, nat) -> (opt T{size}{long});"
            f" {long} : () -> (nat); n : () -> (opt U{size}) query }}",
        ]
    files = tmp_path / "made"
    files.mkdir()
    document = parse_did_document(";\n".join(parts))
    for width in (79, 88):
        options = BindOptions("some.did", line_length=width)
        (files / f"w{width}.py").write_text(bind(document, options))
        ruff = [sys.executable, "-m", "ruff"]
        common = ["--isolated", "--no-cache", "--line-length", str(width), str(files)]
        for command in (["format", "--diff"], ["check", "--select", "E,F,I,UP"]):
            result = subprocess.run(
                [*ruff, *command, *common], capture_output=True, text=True, check=False
            )
            assert result.returncode == 0, result.stdout
        (files / f"w{width}.py").unlink()
