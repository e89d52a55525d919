"""A service as a `.did` file: definitions sorted by name, then the service.

Host only.  Candid spec, "Core Grammar".  The output parses back to an equal `CandidService`.
"""

from __future__ import annotations

from typing import Final

from attrs import frozen

from scm.candid.errors import CandidTypeError
from scm.candid.scan import NO_ROOM
from scm.candid.text import quote_name
from scm.candid.types import (
    NO_NAMES,
    NULL,
    Func,
    Opt,
    Record,
    Ref,
    Service,
    Type,
    TypeEnv,
    Variant,
    Vec,
)

LINE_WIDTH: Final = 80
_INDENT: Final = "  "


@frozen
class CandidService:
    """An interface: named types, the service (or its name), and its init arguments.

    `service` is `None` in a file of types only.  `init_args` is `None` where the file does not
    tell how to install the canister, which is not the same as `()`.
    """

    service: Service | Ref | None
    env: TypeEnv = NO_NAMES
    init_args: tuple[Type, ...] | None = None

    def resolved(self) -> Service:
        """The service itself, with no methods if there is none."""
        if self.service is None:
            return Service([])
        found = self.env.resolve(self.service)
        assert isinstance(found, Service)
        return found


def print_did(interface: CandidService) -> str:
    """The text of a `.did` file, the same for the same interface.

    Raises `CandidTypeError` on types that nest deeper than there is stack.
    """
    try:
        return _print_did(interface)
    except RecursionError:
        raise CandidTypeError(NO_ROOM) from None


def _print_did(interface: CandidService) -> str:
    env = interface.env
    blocks = [
        f"type {name} = {_lay_out(env.lookup(name), 0, len(name) + 8)};\n" for name in env.names()
    ]
    if interface.service is not None:
        blocks.append(_print_service(interface.service, interface.init_args))
    return "\n".join(blocks)


def print_init_args(interface: CandidService) -> str:
    """The init arguments as the text of the metadata section `candid:args`: `(nat, opt text)`.

    Raises `CandidTypeError` as `print_did` does.
    """
    try:
        return f"({', '.join([repr(arg) for arg in interface.init_args or ()])})"
    except RecursionError:
        raise CandidTypeError(NO_ROOM) from None


def _print_service(service: Service | Ref, init_args: tuple[Type, ...] | None) -> str:
    head = "service : "
    if init_args is not None:
        head += _lay_out_tuple(init_args, 0, len(head) + 5) + " -> "
    if isinstance(service, Ref):
        return f"{head}{service!r};\n"
    if not service.methods:
        return head + "{};\n"
    return head + _lay_out_service(service, 0) + ";\n"


def _lay_out(type: Type, depth: int, used: int) -> str:
    """A type on one line if it fits beside the `used` columns, else broken at its outermost part.

    `depth` is the indentation of the line on which the type begins.
    """
    flat = repr(type)
    if used + len(flat) < LINE_WIDTH:
        return flat
    match type:
        case Opt():
            return "opt " + _lay_out(type.inner, depth, used + 4)
        case Vec():
            return "vec " + _lay_out(type.inner, depth, used + 4)
        case Record() | Variant():
            return _lay_out_fields(type, depth)
        case Func():
            return "func " + _lay_out_signature(type, depth, used + 5)
        case Service():
            return "service " + _lay_out_service(type, depth)
        case _:
            return flat


def _lay_out_fields(type: Record | Variant, depth: int) -> str:
    is_tuple = isinstance(type, Record) and type.arity > 0
    is_variant = isinstance(type, Variant)
    indent = _INDENT * (depth + 1)
    parts = ["variant {\n" if is_variant else "record {\n"]
    for field in type.fields if is_tuple else type.declared:
        head = indent if is_tuple else f"{indent}{field.label} : "
        if is_variant and field.type == NULL:
            parts.append(f"{indent}{field.label};\n")
            continue
        parts.append(f"{head}{_lay_out(field.type, depth + 1, len(head) + 1)};\n")
    return "".join(parts) + _INDENT * depth + "}"


def _lay_out_service(service: Service, depth: int) -> str:
    indent = _INDENT * (depth + 1)
    parts = ["{\n"]
    for method in service.methods:
        label = f"{indent}{quote_name(method.name)} : "
        shown = (
            _lay_out_signature(method.type, depth + 1, len(label) + 1)
            if isinstance(method.type, Func)
            else repr(method.type)
        )
        parts.append(f"{label}{shown};\n")
    return "".join(parts) + _INDENT * depth + "}"


def _lay_out_signature(func: Func, depth: int, used: int) -> str:
    args = _lay_out_tuple(func.args, depth, used + 4)
    column = len(args) - args.rfind("\n") - 1 + (0 if "\n" in args else used)
    annotations = "".join([f" {annotation}" for annotation in func.annotations])
    results = _lay_out_tuple(func.results, depth, column + 4 + len(annotations))
    return f"{args} -> {results}{annotations}"


def _lay_out_tuple(types: tuple[Type, ...], depth: int, used: int) -> str:
    flat = f"({', '.join([repr(type) for type in types])})"
    if not types or used + len(flat) < LINE_WIDTH:
        return flat
    indent = _INDENT * (depth + 1)
    parts = [f"{indent}{_lay_out(type, depth + 1, len(indent) + 1)}" for type in types]
    return "(\n" + ",\n".join(parts) + "\n" + _INDENT * depth + ")"
