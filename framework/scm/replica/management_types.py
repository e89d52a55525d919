"""Messages of the management canister, by the types in the shipped `interfaces/management.did`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final, cast

from scm.candid.decode import decode
from scm.candid.did import CandidService
from scm.candid.did_parser import parse_did
from scm.candid.encode import encode
from scm.candid.errors import EncodeError
from scm.candid.types import Func, Record, Ref, Type
from scm.replica.errors import ReplicaUsageError

_FILE: Final = "interfaces/management.did"


def is_management_method(method: str) -> bool:
    """Whether the interface declares the method."""
    return method in _methods()


def decode_argument(method: str, message: bytes) -> dict[str, object]:
    """The fields of a method's argument; none if it takes none.  Raises `DecodeError`."""
    arguments = decode(message, _method(method).args, management_interface().env)
    return cast("dict[str, object]", arguments[0]) if arguments else {}


def encode_argument(method: str, fields: dict[str, object]) -> bytes:
    """The message that calls a method; an absent field is an absent opt.

    Raises `ReplicaUsageError` if there is no such method, `EncodeError` if a field does not fit.
    """
    types = _method(method).args
    known = _field_names(types[0]) if types else []
    unknown = [name for name in fields if name not in known]
    if unknown:
        # Said before what is missing, which it may be meant for.
        listed = ", ".join(f"`{name}`" for name in known)
        raise EncodeError("", f"`{method}` has no field `{unknown[0]}`; it has: {listed or 'none'}")
    return encode(types, (fields,) if types else (), management_interface().env)


def encode_results(method: str, results: Sequence[object]) -> bytes:
    """The reply of a method."""
    return encode(_method(method).results, results, management_interface().env)


def decode_result(method: str, message: bytes) -> object:
    """What a reply of a method says; None if the method gives nothing."""
    results = decode(message, _method(method).results, management_interface().env)
    return results[0] if results else None


def encode_named(name: str, value: object) -> bytes:
    """A message with one value of a type that the interface names."""
    return encode((Ref(name),), (value,), management_interface().env)


def decode_named(name: str, message: bytes) -> object:
    """The value in a message of one value.  Raises `DecodeError`."""
    return decode(message, (Ref(name),), management_interface().env)[0]


@cache
def management_interface() -> CandidService:
    """The interface, parsed once."""
    return parse_did(files("scm").joinpath(_FILE).read_text(encoding="utf-8"))


def _method(name: str) -> Func:
    methods = _methods()
    if name not in methods:
        raise ReplicaUsageError(
            f"the management canister has no method `{name}`; it has: {', '.join(methods)}"
        )
    return methods[name]


def _field_names(argument: Type) -> list[str]:
    record = management_interface().env.resolve(argument)
    assert isinstance(record, Record)
    return [str(field.label) for field in record.fields]


@cache
def _methods() -> dict[str, Func]:
    interface = management_interface()
    found = {}
    for method in interface.resolved().methods:
        function = interface.env.resolve(method.type)
        assert isinstance(function, Func)
        found[method.name] = function
    return found
