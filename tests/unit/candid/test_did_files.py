"""Interfaces in several files: what imports add, and mistakes told with file, line and column."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from scm.candid import print_did
from scm.candid.did_files import (
    DidFileError,
    DidLoader,
    DidSource,
    parse_did_source,
    read_did,
)
from scm.candid.did_parser import parse_did
from scm.candid.errors import CandidSyntaxError


def loader(files: Mapping[str, str]) -> DidLoader:
    def load(path: str, importer: str) -> DidSource:
        if path not in files:
            raise FileNotFoundError(2, "No such file or directory", path)
        return DidSource(path, path, files[path])

    return load


def read(main: str, **others: str) -> str:
    files = {f"{name}.did": text for name, text in others.items()}
    return print_did(parse_did_source(DidSource("main.did", "main.did", main), loader(files)))


def test_an_import_adds_definitions_and_their_imports() -> None:
    shown = read(
        'import "a.did"; type M = A; service : { m : (M) -> (B) }',
        a='import "b.did"; type A = vec B; service : { hidden : () -> () }',
        b="type B = nat",
    )
    assert shown == (
        "type A = vec B;\n\ntype B = nat;\n\ntype M = A;\n\nservice : {\n  m : (M) -> (B);\n};\n"
    )


def test_an_imported_service_adds_its_methods_those_it_imports_too() -> None:
    shown = read(
        'import service "a.did"; service : (text) -> { m : () -> () }',
        a='import service "b.did"; type S = service { a : (A) -> () }; type A = nat; service : S',
        b="service : { b : () -> () query }",
    )
    assert shown.endswith(
        "service : (text) -> {\n  a : (A) -> ();\n  b : () -> () query;\n  m : () -> ();\n};\n"
    )


def test_a_file_without_a_service_has_the_imported_one() -> None:
    assert read('import service "a.did"', a="service : { a : () -> () }") == (
        "service : {\n  a : () -> ();\n};\n"
    )


def test_a_file_imported_by_two_ways_counts_once() -> None:
    shown = read(
        'import service "a.did"; import service "b.did"; import "c.did"; service : {}',
        a='import service "c.did"',
        b='import service "c.did"; service : { b : (C) -> () }',
        c="type C = nat; service : { c : () -> (C) }",
    )
    assert shown == ("type C = nat;\n\nservice : {\n  b : (C) -> ();\n  c : () -> (C);\n};\n")


@pytest.mark.parametrize(
    ("main", "others", "message"),
    [
        ("type A = B", {}, "main.did:1:10: type `B` is not defined"),
        ('import "a.did"', {"a": "type A =\n  opt C"}, "a.did:2:7: type `C` is not defined"),
        # What a file imports can't use what the file defines.
        ('import "a.did"; type M = nat', {"a": "type A = M"}, "a.did:1:10: type `M` is not def"),
        ('\nimport "b.did"', {}, "main.did:2:1: can't read `b.did`: No such file or directory"),
        (
            'import "a.did"',
            {"a": 'type A = nat;\n import "b.did"'},
            "a.did:2:2: can't read `b.did`: No such file",
        ),
        (
            'import "a.did"; type A = nat',
            {"a": "type A = nat"},
            "main.did:1:1: type `A` is defined twice: in `main.did` and in `a.did`",
        ),
        (
            'import "a.did"; import "b.did"',
            {"a": "type A = nat", "b": "type A = text"},
            "main.did:1:17: type `A` is defined twice: in `a.did` and in `b.did`",
        ),
        (
            'import service "a.did"; service : { m : () -> () }',
            {"a": "service : { m : () -> () }"},
            "main.did:1:1: method `m` is defined twice: in `main.did` and in `a.did`",
        ),
        (
            'import service "a.did"',
            {"a": "type A = nat"},
            "main.did:1:1: `a.did` has no service to import",
        ),
        (
            'import service "a.did"',
            {"a": "service : () -> {}"},
            "main.did:1:1: the service of `a.did` can't be imported: it has init arguments",
        ),
        (
            'import "a.did"',
            {"a": 'import "b.did"', "b": 'import "a.did"'},
            "b.did:1:1: a file can't import itself: `a.did` imports `b.did` imports `a.did`",
        ),
        ("import a", {}, "main.did:1:8: expected the path of a file in quotes, got `a`"),
        ('import service : "a"', {}, "main.did:1:16: expected the path of a file in quotes"),
        (
            'import "a.did"; type N = A; service : N',
            {"a": "type A = nat"},
            "main.did:1:39: expected a service, but `N` is `nat`",
        ),
    ],
)
def test_mistakes_are_told_with_their_file(main: str, others: dict[str, str], message: str) -> None:
    with pytest.raises(DidFileError) as caught:
        read(main, **others)

    assert str(caught.value).startswith(message)


def test_imports_in_imports_have_an_end() -> None:
    files = {f"{number}.did": f'import "{number + 1}.did"' for number in range(200)}
    with pytest.raises(DidFileError, match=r"100\.did:1:1: imports nest deeper than 100"):
        parse_did_source(DidSource("0.did", "0.did", files["0.did"]), loader(files))


def test_a_text_alone_has_no_imports() -> None:
    with pytest.raises(CandidSyntaxError, match="1:15: imports are not supported here"):
        parse_did('type T = nat; import "a.did"')


def test_files_are_found_relative_to_the_importing_one(tmp_path: Path) -> None:
    (tmp_path / "types").mkdir()
    (tmp_path / "main.did").write_text('import "types/a.did"; import "types/../types/b.did"')
    (tmp_path / "types" / "a.did").write_text('import "b.did"; type A = B')
    (tmp_path / "types" / "b.did").write_text("\ufefftype B = nat", encoding="utf-8")
    assert read_did(tmp_path / "main.did").env.names() == ["A", "B"]

    (tmp_path / "types" / "b.did").write_bytes(b"type B = \xff")
    with pytest.raises(DidFileError) as caught:
        read_did(tmp_path / "main.did")
    assert str(caught.value) == (
        f"{tmp_path}/types/a.did:1:1: `b.did`: the file is not UTF-8 text (byte 9)"
    )
    with pytest.raises(DidFileError, match=r"b\.did:1:1: the file is not UTF-8 text"):
        read_did(tmp_path / "types" / "b.did")
    (tmp_path / "main.did").write_text('import "a\\00b"')
    with pytest.raises(DidFileError, match="1:1: can't read the file: embedded null"):
        read_did(tmp_path / "main.did")
    with pytest.raises(FileNotFoundError):
        read_did(tmp_path / "gone.did")
