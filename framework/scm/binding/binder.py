"""From the types of an interface to Python classes and aliases.

Each definition becomes what it is called in Python: records, cases of variants, and services are
classes, all else is an alias.  A record, variant or service that has no name in the file gets one
from where it stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from scm.binding.layout import Brackets, Expression, Union, Word
from scm.binding.module import Alias, Attribute, CaseClass, Item, RecordClass, ServiceClass
from scm.binding.names import ClassNames, attribute_names, camel_case, class_name
from scm.binding.prose import cleaned
from scm.binding.recursion import Recursion
from scm.binding.render import literal
from scm.candid.did_document import DidDocument, Note, Path, definition_path
from scm.candid.types import (
    INT,
    NAT8,
    NULL,
    PRINCIPAL,
    RESERVED,
    Func,
    Opt,
    Record,
    Ref,
    Service,
    Type,
    Variant,
    Vec,
    field_hash,
)

_FUNCS: Final = {
    "": "Func",
    "query": "QueryFunc",
    "composite_query": "CompositeQueryFunc",
    "oneway": "OnewayFunc",
}
_METHODS: Final = {kind: name.replace("Func", "Method") for kind, name in _FUNCS.items()}
_PRIMITIVES: Final[Mapping[Type, str]] = {PRINCIPAL: "Principal", INT: "int_"}
"""Those whose names in Python differ."""


class BindingError(Exception):
    """Something that has no face in Python: where, what, and what to do about it."""

    def __init__(self, note: Note, message: str, help: str) -> None:
        self.note = note
        self.message = message
        self.help = help
        super().__init__(message)


class Binder:
    """Binds the types of one document; `items` is what came out.

    `definitions` has the Python name of every definition; `names` gives all others.
    """

    def __init__(
        self, document: DidDocument, definitions: Mapping[str, str], names: ClassNames
    ) -> None:
        self._document: Final = document
        self._env: Final = document.interface.env
        self._definitions: Final = definitions
        self._names: Final = names
        self._taken: Final = names.claimed()
        self._recursion: Final = Recursion(self._env)
        self._classes: Final[dict[Path, Word]] = {}  # What is bound already, by its path.
        self.items: Final[list[Item]] = []

    def bind_definition(self, definition: str) -> None:
        """Bind one definition.

        Raises `BindingError` if it, or what it contains, has no face in Python.
        """
        path = definition_path(definition)
        type = self._env.lookup(definition)
        name = self._definitions[definition]
        if self._recursion.is_endless(definition):
            raise BindingError(
                self._document.note(path),
                f"type `{definition}` contains itself with no record, variant or service between,"
                " which a Python alias can't",
                "put what it contains into a record with a named field, or bind a copy of the file"
                " without what uses the type",
            )
        if self._is_class(type, definition):
            self._bind_class(type, path, name)
            return
        suffix = "Item" if isinstance(type, Vec) else "Value" if isinstance(type, Opt) else ""
        expression = self._expression(type, path, name + suffix, definition)
        self.items.append(Alias(name, expression, self._doc(path)))

    def bind_service(self, service: Service, path: Path, name: str) -> None:
        """Bind a service whose class has the given name."""
        self._classes[path] = Word(name)
        declared = self._document.methods(path)
        by_name = {method.name: method for method in service.methods}
        labels = [(label, field_hash(label)) for label in declared]
        attributes = attribute_names(labels, self._taken, "method")
        methods: list[Attribute] = []
        for label, attribute in zip(declared, attributes, strict=True):
            annotation, doc = self._method(by_name[label].type, (*path, "method", label), label)
            if attribute != label:
                annotation = _annotated(annotation, label)
            methods.append(Attribute(attribute, annotation, doc))
        self.items.append(ServiceClass(name, self._class_doc(path), tuple(methods)))

    def _is_class(self, type: Type, definition: str) -> bool:
        """Whether a type is bound as a class, or as cases that are classes.

        Outside of all other classes `definition` is the name that it belongs to, else it is empty.
        """
        if isinstance(type, Record) and type.arity:
            return bool(definition) and self._recursion.is_class(definition, type)
        return isinstance(type, Record | Variant | Service)

    def _bind_class(self, type: Type, path: Path, name: str) -> None:
        match type:
            case Record():
                self._classes[path] = Word(name)
                self.items.append(
                    RecordClass(name, self._class_doc(path), self._fields(type, path, name))
                )
            case Variant():
                self._bind_variant(type, path, name)
            case Service():
                self.bind_service(type, path, name)

    def _bind_variant(self, variant: Variant, path: Path, name: str) -> None:
        if not variant.declared:
            raise BindingError(
                self._document.note(path),
                "a variant without tags has no value, and no class in Python",
                "give it a tag, or bind a copy of the file without what uses it",
            )
        self._classes[path] = Word(name)
        cases: list[Expression] = []
        for field in variant.declared:
            place = (*path, field.id)
            case = self._names.claim(name + (camel_case(field.name) or str(field.id)))
            fields = self._payload(field.type, place, case)
            tag = field.name or field.id
            self.items.append(CaseClass(case, tag, self._doc(place), fields))
            cases.append(Word(case))
        expression = Union(tuple(cases)) if len(cases) > 1 else cases[0]
        self.items.append(Alias(name, expression, self._class_doc(path)))

    def _payload(self, type: Type, path: Path, case: str) -> tuple[Attribute, ...]:
        """The fields of a case: none, the payload's own, or the payload as `value`."""
        if self._env.resolve(type) == NULL:
            return ()
        if isinstance(type, Record) and type.declared and not type.arity:
            fields = self._fields(type, path, case)
            if [field.name for field in fields] != ["value"]:
                return fields
        annotation = self._expression(type, path, f"{case}Value", "")
        return (Attribute("value", annotation, "", self._may_be_none(type)),)

    def _fields(self, record: Record, path: Path, owner: str) -> tuple[Attribute, ...]:
        """Fields in the order of the file, but those that can be left out at the end."""
        labels = [(field.name, field.id) for field in record.declared]
        attributes = attribute_names(labels, self._taken, "field")
        fields: list[Attribute] = []
        for field, attribute in zip(record.declared, attributes, strict=True):
            place = (*path, field.id)
            hint = owner + (camel_case(field.name) or str(field.id))
            annotation = self._expression(field.type, place, hint, "")
            if attribute != field.name:
                annotation = _annotated(annotation, field.name or field.id)
            optional = self._may_be_none(field.type)
            fields.append(Attribute(attribute, annotation, self._doc(place), optional))
        return tuple(sorted(fields, key=lambda field: field.optional))

    def _expression(self, type: Type, path: Path, hint: str, definition: str) -> Expression:
        """The annotation for a type; `hint` is the name of the class that it may need."""
        if path in self._classes:
            return self._classes[path]
        if self._is_class(type, definition):
            self._bind_class(type, path, self._names.claim(hint))
            return self._classes[path]
        match type:
            case Ref(name=name):
                return Word(self._definitions[name])
            case Opt(inner=inner):
                bound = self._expression(inner, (*path, "opt"), hint, definition)
                if self._may_be_none(inner):
                    return Brackets("Opt", (bound,))
                return Union((bound, Word("None")))
            case Vec(inner=inner):
                if self._env.resolve(inner) == NAT8:
                    return Word("blob")
                bound = self._expression(inner, (*path, "vec"), hint, definition)
                return Brackets("tuple", (bound, Word("...")))
            case Record(fields=fields):
                parts = [
                    self._expression(field.type, (*path, field.id), f"{hint}{field.id}", definition)
                    for field in fields
                ]
                return Brackets("tuple", tuple(parts))
            case Func():
                return Brackets(_FUNCS[_kind(type)], self._signature(type, path, hint, definition))
        return Word(_PRIMITIVES.get(type, repr(type)))

    def _signature(
        self, func: Func, path: Path, hint: str, definition: str
    ) -> tuple[Expression, ...]:
        """Arguments and result, as the parameters of `Func` or `Method`."""
        args = self._parts(func.args, (*path, "arg"), f"{hint}Arg", definition)
        listed = Brackets("", tuple(args), "list")
        if _kind(func) == "oneway":
            return (listed,)
        results = self._parts(func.results, (*path, "result"), f"{hint}Result", definition)
        if len(results) == 1:
            return (listed, results[0])
        return (listed, Brackets("Results", tuple(results)) if results else Word("None"))

    def _parts(
        self, types: Sequence[Type], path: Path, hint: str, definition: str
    ) -> list[Expression]:
        numbers = [""] if len(types) == 1 else [str(index + 1) for index in range(len(types))]
        return [
            self._expression(type, (*path, index), hint + numbers[index], definition)
            for index, type in enumerate(types)
        ]

    def _method(self, type: Type, path: Path, label: str) -> tuple[Expression, str]:
        """The annotation of a method, and what is said about it."""
        doc = self._doc(path)
        definition = ""
        hint = class_name(label, "Method")
        while isinstance(type, Ref):
            definition = type.name
            path, hint = definition_path(definition), self._definitions[definition]
            type = self._env.lookup(definition)
        assert isinstance(type, Func)
        annotation = Brackets(_METHODS[_kind(type)], self._signature(type, path, hint, definition))
        said = [
            doc,
            self._arguments("Arguments", len(type.args), (*path, "arg")),
            self._arguments("Results", len(type.results), (*path, "result")),
        ]
        return annotation, "\n\n".join([part for part in said if part])

    def _arguments(self, title: str, count: int, path: Path) -> str:
        """The names of arguments or results, for which an annotation has no place."""
        names = [cleaned(self._document.note((*path, index)).name) for index in range(count)]
        shown = [f"`{name}`" if name else "one without a name" for name in names]
        return f"{title}: {', '.join(shown)}." if any(names) else ""

    def _may_be_none(self, type: Type) -> bool:
        resolved = self._env.resolve(type)
        return isinstance(resolved, Opt) or resolved in (NULL, RESERVED)

    def _class_doc(self, path: Path) -> str:
        """What is said about a class; about one without a name it is said where it is used."""
        return self._doc(path) if len(path) <= 2 else ""

    def _doc(self, path: Path) -> str:
        return cleaned(self._document.note(path).doc)


def _kind(func: Func) -> str:
    return "".join(func.annotations)


def _annotated(annotation: Expression, name: str | int) -> Expression:
    mark = Brackets("Name", (Word(literal(name)),), "call")
    return Brackets("Annotated", (annotation, mark))
