"""Classes at run time -> the specs that the compiler reads from source.

In: evaluated annotations.  Out: their shapes, and a `ClassSpec` or `ServiceSpec` for each class
that they lead to.  The meaning of an annotation is the compiler's own, and so are its refusals.
"""

from __future__ import annotations

import ast
import sys
import types
from collections.abc import Mapping
from typing import Any, Final, Literal, NoReturn, cast

from scm.authoring.calls import Service
from scm.compiler.annotations import read_shape
from scm.compiler.artefacts import CalleeMethodSpec, ClassSpec, FieldSpec, ServiceSpec, Shape
from scm.compiler.classify import Classifier, evaluate_annotation, is_label, named_unions
from scm.compiler.refusals import AnnotationError
from scm.compiler.shapes import ClassKey
from scm.compiler.type_shapes import Json, NamedUnion, TypeShapes, mark_of
from scm.errors import ConfigurationError, SourceSpan

_NOWHERE: Final = SourceSpan("", 1, 1, 1, 1)  # A class at run time has no place in a source.
_TOP: Final = ""


class ClassReader:
    """Reads annotations, and all classes that they lead to.

    `names`: what names in quotes stand for that are not in a class: `Func[[nat], "Later"]`.
    """

    def __init__(self, names: Mapping[str, object]) -> None:
        self._names: Final = _RuntimeNames(names)
        self._shapes: Final = TypeShapes(self._names)
        self._classifier: Final = Classifier(self._names)
        self.classes: Final[dict[ClassKey, ClassSpec]] = {}
        self.services: Final[dict[ClassKey, ServiceSpec]] = {}

    def read_annotation(self, annotation: object, place: str) -> Shape:
        """The shape of the annotation at `place`; raises `ConfigurationError`."""
        try:
            # What is wrong with it, the classifier may know better.
            self._classifier.meaning(annotation, _TOP, stored=False)
            shape = read_shape(self._shapes.shape(annotation, _TOP, stored=False))
        except AnnotationError as error:
            _refuse(place, error)
        self._read_found()
        return shape

    def class_of(self, key: ClassKey) -> type:
        """The class that a shape refers to."""
        return self._names.classes[key]

    def _read_found(self) -> None:
        names = self._names
        while names.unread:
            key = names.unread.pop()
            cls = names.classes[key]
            if issubclass(cls, Service):
                self.services[key] = self._read_service(key, cls)
            else:
                self.classes[key] = self._read_class(key, cls)

    def _read_class(self, key: ClassKey, cls: type) -> ClassSpec:
        mark = mark_of(cls)
        assert mark is not None
        if cls.__bases__ != (object,):
            raise ConfigurationError(
                f"`@{mark.kind}` class `{cls.__name__}` has a base class",
                help="list all fields in the class itself",
            )
        if mark.kind == "variant" and not is_label(mark.tag):
            raise ConfigurationError(
                f"`{mark.tag!r}` can't be the tag of `@variant` class `{cls.__name__}`",
                help='write `@variant("Tag")`, or `@variant(7)` for a tag that has only a number',
            )
        fields: list[FieldSpec] = []
        for name, annotation in _own_annotations(cls).items():
            place = f"field `{name}` of `{cls.__name__}`"
            meaning = self._meaning(key, annotation, place, stored=True)
            if meaning["kind"] != "value":
                _refuse(place, AnnotationError("this can't be a field", help=_FIELD_HELP))
            shape, label = read_shape(meaning["shape"]), meaning.get("label", "")
            fields.append(FieldSpec(name, shape, None, _NOWHERE, label))
        kind: Literal["record", "variant"] = "record" if mark.kind == "record" else "variant"
        return ClassSpec(kind, *key, mark.tag, tuple(fields), _NOWHERE)

    def _read_service(self, key: ClassKey, cls: type) -> ServiceSpec:
        if cls.__bases__ != (Service,):
            raise ConfigurationError(
                f"service class `{cls.__name__}` has a base class besides `Service`",
                help="list all methods in the class itself",
            )
        methods: list[CalleeMethodSpec] = []
        for name, annotation in _own_annotations(cls).items():
            place = f"method `{name}` of `{cls.__name__}`"
            meaning = self._meaning(key, annotation, place, stored=False)
            if meaning["kind"] != "method":
                _refuse(place, AnnotationError("this is not a `Method`", help=_METHOD_HELP))
            arguments = tuple(read_shape(item) for item in meaning["arguments"])
            result = None if meaning["shape"] is None else read_shape(meaning["shape"])
            public_name = str(meaning.get("label", name))
            spec = CalleeMethodSpec(name, arguments, result, public_name, meaning["annotation"])
            methods.append(spec)
        return ServiceSpec(*key, tuple(methods), _NOWHERE)

    def _meaning(self, key: ClassKey, annotation: object, place: str, *, stored: bool) -> Json:
        try:
            return self._classifier.meaning(annotation, _scope_of(key), stored)
        except AnnotationError as error:
            _refuse(place, error)


_FIELD_HELP: Final = "use a type of Candid: `nat`, `text`, a `@record` class, ..."
_METHOD_HELP: Final = "write `transfer: Method[[Principal, nat], TransferResult]`"


class _RuntimeNames:
    """Names as they are at run time; remembers the classes that were met."""

    def __init__(self, names: Mapping[str, object]) -> None:
        self._keys: Final[dict[type, ClassKey]] = {}
        self._scopes: Final[dict[str, dict[str, Any]]] = {_TOP: dict(names)}
        self._unions: Final[dict[str, dict[frozenset[object], NamedUnion]]] = {}
        self.classes: Final[dict[ClassKey, type]] = {}
        self.unread: Final[list[ClassKey]] = []

    def evaluate(self, module: str, node: ast.expr | str) -> object:
        """The value of an expression in the scope of a class; raises `AnnotationError`."""
        try:
            return evaluate_annotation(node, self._scopes[module])
        except AnnotationError as error:
            if module == _TOP and isinstance(error.__cause__, NameError):
                error.help = "say what it stands for: `names=vars(module)`"
            raise

    def find_union(self, cases: frozenset[object]) -> NamedUnion | None:
        """The name of a union in the modules of its cases."""
        for module in sorted({cast(type, case).__module__ for case in cases}):
            if module not in self._unions:
                self._unions[module] = named_unions([_module(module)])
            named = self._unions[module].get(cases)
            if named is not None:
                return named
        return None

    def class_key(self, cls: type) -> list[str]:
        """The module and a name for a class; two classes never share them."""
        if cls not in self._keys:
            name = cls.__name__
            while (cls.__module__, name) in self.classes:
                name += "_"
            key = cls.__module__, name
            self._keys[cls] = key
            self.classes[key] = cls
            self._scopes[_scope_of(key)] = _names_around(cls)
            self.unread.append(key)
        return list(self._keys[cls])


def _scope_of(key: ClassKey) -> str:
    return ".".join(key)


def _names_around(cls: type) -> dict[str, Any]:
    names = vars(_module(cls.__module__))
    # A class inside a function is no name of its module, but may contain itself.
    return names if cls.__qualname__ == cls.__name__ else {**names, cls.__name__: cls}


def _module(name: str) -> types.ModuleType:
    module = sys.modules.get(name)
    if module is None:
        raise ConfigurationError(
            f"module `{name}` is not in `sys.modules`, so its annotations can't be evaluated",
            help="import it, or put it there before its code runs",
        )
    return module


def _own_annotations(cls: type) -> Mapping[str, object]:
    annotations: Mapping[str, object] = vars(cls).get("__annotations__", {})
    return annotations


def _refuse(place: str, error: AnnotationError) -> NoReturn:
    refusal = ConfigurationError(f"{place}: {error.message}", error.help)
    for kind, text in (("note", error.note), ("help", error.help)):
        if text:
            refusal.add_note(f"{kind}: {text}")
    raise refusal from error
