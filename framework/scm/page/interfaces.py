"""A canister's interface, as the page's forms want it: types as JSON, and its handlers.

Types keep their names, so that recursive ones are finite: `{"kind": "ref", "name": "Tree"}`.
"""

from __future__ import annotations

import json
from typing import Any, Final

from attrs import frozen

from scm.candid.did_document import SERVICE_PATH, DidDocument
from scm.candid.did_parser import parse_did_document
from scm.candid.errors import CandidSyntaxError, CandidTypeError
from scm.candid.opcodes import OP_NAT8
from scm.candid.types import Func, Opt, Record, Ref, Service, Type, TypeEnv, Variant, Vec
from scm.replica.view import CanisterView

INTERFACE_SECTION: Final = "icp:public candid:service"
ABI_SECTION: Final = "icp:public scm:abi"

Json = dict[str, Any]


@frozen
class MethodTypes:
    """What a method takes and gives."""

    arguments: tuple[Type, ...]
    results: tuple[Type, ...]
    annotations: tuple[str, ...]
    env: TypeEnv

    @property
    def is_query(self) -> bool:
        """Whether it changes nothing."""
        return bool({"query", "composite_query"} & set(self.annotations))


def read_document(view: CanisterView) -> DidDocument | None:
    """What the module says of its interface; None if it says nothing that can be read."""
    text = view.custom_section(INTERFACE_SECTION)
    if text is None:
        return None
    try:
        return parse_did_document(text.decode())
    except (CandidSyntaxError, CandidTypeError, UnicodeDecodeError):
        return None


def find_method(document: DidDocument | None, name: str) -> MethodTypes | None:
    """A method's types, if the interface has it."""
    if document is None:
        return None
    interface = document.interface
    for method in interface.resolved().methods:
        if method.name == name:
            function = interface.env.resolve(method.type)
            assert isinstance(function, Func)
            return MethodTypes(function.args, function.results, function.annotations, interface.env)
    return None


def read_abi(view: CanisterView) -> Json | None:
    """The module's `scm:abi`; None for a module that scm did not build."""
    section = view.custom_section(ABI_SECTION)
    try:
        document = None if section is None else json.loads(section)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def describe_interface(view: CanisterView) -> Json:
    """Methods with their types, and the handler table; of the module that is installed now."""
    document, abi = read_document(view), read_abi(view)
    described: Json = {
        "module_hash": (view.module_hash or b"").hex(),
        "types": {},
        "methods": [],
        "handlers": None if abi is None else _handlers(abi),
        "cleanup": None if abi is None else abi.get("cleanup"),
        "orphan": None if abi is None else abi.get("orphan"),
    }
    if document is None:
        described["methods"] = [
            {"name": name, "annotation": kind, "arguments": None, "signature": ""}
            for name, kind in sorted(view.methods.items())
        ]
        return described
    interface = document.interface
    described["types"] = {
        name: describe_type(interface.env.lookup(name), interface.env)
        for name in interface.env.names()
    }
    described["methods"] = [
        _method(document, method.name) for method in interface.resolved().methods
    ]
    return described


def describe_type(type: Type, env: TypeEnv) -> Json:
    """A type as JSON: its kind, and its parts."""
    match type:
        case Ref():
            return {"kind": "ref", "name": type.name}
        case Opt():
            return {"kind": "opt", "inner": describe_type(type.inner, env)}
        case Vec() if env.resolve(type.inner).opcode == OP_NAT8:
            return {"kind": "blob"}
        case Vec():
            return {"kind": "vec", "inner": describe_type(type.inner, env)}
        case Record() | Variant():
            kind = "record" if isinstance(type, Record) else "variant"
            fields = [
                {
                    "id": field.id,
                    "label": field.name or str(field.id),
                    "type": describe_type(field.type, env),
                }
                for field in type.declared
            ]
            return {"kind": kind, "fields": fields}
        case Func():
            return {"kind": "func", "text": repr(type)}
        case Service():
            return {"kind": "service"}
        case _:
            return {"kind": repr(type)}


def _method(document: DidDocument, name: str) -> Json:
    types = find_method(document, name)
    assert types is not None
    path = (*SERVICE_PATH, "method", name)

    def named(index: int) -> str:
        note = document.notes.get((*path, "arg", index))
        return "" if note is None else note.name

    note = document.notes.get(path)
    return {
        "name": name,
        "annotation": next(iter(types.annotations), "update"),
        "doc": "" if note is None else note.doc,
        "signature": Func(types.arguments, types.results).signature,
        "arguments": [
            {"name": named(index), "text": repr(type), "type": describe_type(type, types.env)}
            for index, type in enumerate(types.arguments)
        ],
    }


def _handlers(abi: Json) -> list[Json]:
    keys = ("name", "slot", "context", "response", "reply", "status")
    return [
        {key: entry.get(key) for key in keys}
        | {"formerly": entry.get("formerly", []), "answer": entry.get("answer", "")}
        for entry in abi.get("handlers", ())
    ]
