"""`bind`: the text of a Python module for a `.did` document."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Final

from attrs import frozen

from scm.binding.binder import Binder, BindingError
from scm.binding.layout import Brackets, Word
from scm.binding.module import Alias, Module, in_order_of_import
from scm.binding.names import ClassNames, camel_case, class_name, constant_name
from scm.binding.render import literal, render
from scm.candid.did_document import SERVICE_PATH, DidDocument, Note, definition_path
from scm.candid.types import Func, Opt, Record, Ref, Service, Type, Variant, Vec
from scm.model import Principal

LINE_LENGTH_DEFAULT: Final = 88  # That of `ruff format`.


@frozen
class BindOptions:
    """How to bind: `service` names the service's class, `canister_id` asks for an instance of it.

    `output` is the name of the file that is written, if it is not the usual one; like `source`, the
    name of the `.did` file, it is for the command in the header.
    """

    source: str
    output: str = ""
    service: str = ""
    canister_id: Principal | None = None
    line_length: int = LINE_LENGTH_DEFAULT


def bind(document: DidDocument, options: BindOptions) -> str:
    """The Python module for a document, the same for the same input.

    Raises `BindingError` on a type that has no face in Python, and if `options` asks for a service
    that there is none of, or that is called like a type.
    """
    names = ClassNames(_labels(document))
    if options.service:
        names.claim(options.service, first=True)
    definitions = _name_definitions(document, names, options)
    service = _name_service(document, names, options)
    constant = ""
    if options.canister_id is not None:
        constant = constant_name(service)
        constant = names.claim(constant if names.is_free(constant) else f"{constant}_CANISTER")
    binder = Binder(document, definitions, names)
    for definition in document.definitions():
        binder.bind_definition(definition)
    items = binder.items
    match document.interface.service:
        case Service() as found:
            binder.bind_service(found, SERVICE_PATH, service)
        case Ref(name=name):
            items.append(Alias(service, Word(definitions[name])))
    if constant:
        principal = Word(literal(str(options.canister_id)))
        made = Brackets("Principal.from_text", (principal,), "call")
        items.append(Alias(constant, Brackets(service, (made,), "call")))
    return render(
        Module(in_order_of_import(items)),
        source=options.source,
        command=_command(options),
        width=options.line_length,
    )


def _name_definitions(
    document: DidDocument, names: ClassNames, options: BindOptions
) -> dict[str, str]:
    """The Python name of every definition; one that can stay as it is comes first."""
    definitions = document.definitions()
    wanted = {name: class_name(name, "Type") for name in definitions}
    found: dict[str, str] = {}
    for name in sorted(definitions, key=lambda name: wanted[name] != name):
        if options.service and wanted[name] == options.service:
            raise BindingError(
                document.note(definition_path(name)),
                f"type `{name}` would have the name of the service's class, `{options.service}`",
                "give another with `--name`",
            )
        found[name] = names.claim(wanted[name], first=True)
    return found


def _name_service(document: DidDocument, names: ClassNames, options: BindOptions) -> str:
    if document.interface.service is None:
        if options.service or options.canister_id is not None:
            raise BindingError(
                Note(1, 1),
                "the file has no service, only types",
                "leave out `--name` and `--canister-id`",
            )
        return ""
    if options.service:
        return options.service
    stem = options.source.removesuffix(".did")
    wanted = class_name(stem, "Canister") if camel_case(stem) else "Canister"
    return names.claim(wanted if names.is_free(wanted) else f"{wanted}Service", first=True)


def _command(options: BindOptions) -> list[str]:
    """The arguments that make the same module, with no path of this machine."""
    words = [shlex.quote(options.source)]
    if options.output:
        words.append(f"-o {shlex.quote(options.output)}")
    if options.service:
        words.append(f"--name {options.service}")
    if options.canister_id is not None:
        words.append(f"--canister-id {options.canister_id}")
    if options.line_length != LINE_LENGTH_DEFAULT:
        words.append(f"--line-length {options.line_length}")
    return words


def _labels(document: DidDocument) -> set[str]:
    """What fields and methods are called, anywhere in a document."""
    interface = document.interface
    todo: list[Type] = [interface.env.lookup(name) for name in interface.env.names()]
    if interface.service is not None:
        todo.append(interface.service)
    labels: set[str] = set()
    while todo:
        for label, inner in _parts(todo.pop()):
            labels.add(label)
            todo.append(inner)
    return labels


def _parts(type: Type) -> Iterator[tuple[str, Type]]:
    match type:
        case Opt(inner=inner) | Vec(inner=inner):
            yield "", inner
        case Record(fields=fields) | Variant(fields=fields):
            yield from ((field.name, field.type) for field in fields)
        case Func(args=args, results=results):
            yield from (("", part) for part in (*args, *results))
        case Service(methods=methods):
            yield from ((method.name, method.type) for method in methods)
