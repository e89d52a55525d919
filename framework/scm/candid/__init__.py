"""Candid types, values, subtyping, interfaces.  Pure; what a canister needs of it runs there.

All that others need can be imported from here, `from scm.candid import decode, parse_did`, and is
loaded when it is first asked for: a canister has this package too, but not the modules that only
hosts use (parsers, printers, comparisons).  Types for mypy are in `__init__.pyi`.
"""

import sys
from types import ModuleType
from typing import Final

_HOMES: Final = {
    "types": (
        "NULL BOOL NAT INT NAT8 NAT16 NAT32 NAT64 INT8 INT16 INT32 INT64 FLOAT32 FLOAT64 TEXT "
        "BLOB RESERVED EMPTY PRINCIPAL Type Primitive Opt Vec Record Variant Field Func "
        "Method Service Ref TypeEnv NO_NAMES tuple_record primitive_types field_hash"
    ),
    "values": "Some VariantValue ServiceValue FuncValue",
    "errors": "CandidTypeError CandidSyntaxError EncodeError DecodeError CoercionError",
    "encode": "encode",
    "decode": "decode decode_untyped",
    "codec": "Codec",
    "message_types": "read_message_types",
    "did": "CandidService print_did print_init_args",
    "did_parser": "parse_did parse_did_document",
    "did_document": "DidDocument Note",
    "did_files": "read_did parse_did_source load_from_disk DidSource DidLoader DidFileError",
    "type_parser": "parse_types",
    "value_parser": "parse_values",
    "value_text": "format_values",
    "value_inference": "infer_types",
    "subtype": "explain_subtype WORK_MAX",
    "equality": "explain_equality",
    "clashes": "Clash find_clashes find_breaking_changes find_init_changes",
    "scan": "DEPTH_MAX default_work",
    "table": "TABLE_ENTRIES_MAX",
}
"""Which module has which names."""

_MODULES: Final = {name: module for module, names in _HOMES.items() for name in names.split()}

__all__ = tuple(_MODULES)


def __getattr__(name: str) -> object:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{module}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """`decode` and `encode` are functions here and modules inside: the functions are meant."""

    def __setattr__(self, name: str, value: object) -> None:
        if name not in _MODULES or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
