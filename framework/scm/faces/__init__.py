"""Annotated Python types on the host: messages to and from the classes of a binding.

    encode_as([TransferArg], [TransferArg(to, 5)])    # bytes
    decode_results(Ledger, "transfer", reply)         # an instance of a case of TransferResult

What annotations mean is the compiler's to say, so a message is the one that a canister makes of the
same types.  `make_face` and `ServiceFace` keep what depends on the types alone.  Host only.
"""

from __future__ import annotations

from collections.abc import Sequence

from scm.authoring.calls import Service
from scm.candid.types import Type, TypeEnv
from scm.faces.face import Face, MethodFace, ServiceFace, generic_values, make_face

__all__ = [
    "encode_as", "decode_as", "candid_type", "encode_arguments", "decode_results",
    "Face", "make_face", "ServiceFace", "MethodFace", "generic_values",
]  # fmt: skip


def encode_as(types: Sequence[object], values: Sequence[object]) -> bytes:
    """Encode values of annotated types as a message: `encode_as([nat, Account], [5, account])`.

    Raises `EncodeError` with the path to what does not fit, `ConfigurationError` for an annotation
    that stands for no type of Candid.
    """
    return make_face(types).encode(values)


def decode_as(message: bytes, types: Sequence[object]) -> tuple[object, ...]:
    """Decode a message to values of annotated types, coerced to them.

    Raises `DecodeError`, and `ConfigurationError` for an annotation that is no type of Candid.
    """
    return make_face(types).decode(message)


def candid_type(annotation: object) -> tuple[Type, TypeEnv]:
    """The type of Candid that an annotation stands for, and the named types that it needs.

    Raises `ConfigurationError` if it stands for none.
    """
    face = make_face([annotation])
    return face.types[0], face.env


def encode_arguments(service: type[Service], method: str, *arguments: object) -> bytes:
    """Encode the arguments of a method of a `Service` class.

    Raises `EncodeError` with the path to what does not fit, `ConfigurationError` for a method that
    the class has not.
    """
    return ServiceFace(service).method(method).arguments.encode(arguments)


def decode_results(service: type[Service], method: str, message: bytes) -> object:
    """Decode the reply of a method: None for no result, a tuple for several.

    Raises `DecodeError`, and `ConfigurationError` for a method that the class has not.
    """
    return ServiceFace(service).method(method).decode_result(message)
