"""Parser of `.did` files: recursive descent, one method per rule of the grammar.

Host only.  Candid spec, "Core Grammar".  Comments and names of arguments are documentation, and
kept beside the types (`did_document.py`).  Imports are noted only: `did_files.py` follows them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

from attrs import frozen

from scm.candid.did import CandidService
from scm.candid.did_document import (
    INIT_PATH,
    SERVICE_PATH,
    DidDocument,
    Note,
    Path,
    definition_path,
)
from scm.candid.errors import CandidSyntaxError, CandidTypeError
from scm.candid.lexer import Token, TokenReader, natural_of, text_of
from scm.candid.scan import NO_ROOM
from scm.candid.text import is_identifier
from scm.candid.types import (
    ANNOTATIONS,
    BLOB,
    FIELD_ID_MAX,
    NULL,
    Field,
    Func,
    Method,
    Opt,
    Record,
    Ref,
    Service,
    Type,
    TypeEnv,
    Variant,
    Vec,
    primitive_types,
)

_Built = TypeVar("_Built")
_DEPTH_MAX: Final = 100  # of types written inside each other; CPython's recursion limit is near


def parse_did(source: str) -> CandidService:
    """Parse the text of a `.did` file.

    Raises `CandidSyntaxError`, with line and column, on anything that is no complete interface:
    wrong grammar, unknown names, colliding fields, types defined only by themselves.  Imports are
    refused, as this reads no files: `read_did` does.
    """
    return parse_did_document(source).interface


def parse_did_document(source: str) -> DidDocument:
    """`parse_did`, with what the file says besides its types."""
    try:
        return _parse_document(DidParser(TokenReader(source)))
    except RecursionError:
        raise CandidSyntaxError(1, 1, NO_ROOM) from None


def _parse_document(parser: DidParser) -> DidDocument:
    interface = parser.program()
    for found in parser.imports:
        raise found.token.error("imports are not supported here: only a file can import another")
    parser.check_names(interface.env)
    return DidDocument(interface, parser.notes)


@frozen
class DidImport:
    """`import "path"`, or `import service "path"`; `token` is the word `import`."""

    token: Token
    path: str
    is_service: bool


class DidParser:
    """Parses types and interfaces from tokens; also used where types stand in other text."""

    def __init__(self, tokens: TokenReader) -> None:
        self._tokens: Final = tokens
        self._primitives: Final = {repr(type): type for type in primitive_types()}
        self._definitions: Final[dict[str, Type]] = {}
        self._uses: Final[list[tuple[Token, Type, str]]] = []
        self._depth = 0
        self._path: Path = ()
        self.notes: Final[dict[Path, Note]] = {}
        """What is said about the parts that were read, by their paths."""
        self.imports: Final[list[DidImport]] = []

    def program(self) -> CandidService:
        """A whole file."""
        tokens = self._tokens
        service: Service | Ref | None = None
        init_args: tuple[Type, ...] | None = None
        while not tokens.at_end():
            if tokens.at("service"):
                init_args, service = self._actor()
                tokens.accept(";")
                if not tokens.at_end():
                    raise tokens.token.error("the service is the last part of an interface")
                break
            self.definition()
            # Real files leave out the last `;`, though the grammar asks for it.
            if not tokens.at_end() and not tokens.at("service"):
                tokens.expect(";")
        return CandidService(service, TypeEnv(self._definitions), init_args)

    def definition(self) -> None:
        """`type name = type`, or an import."""
        tokens = self._tokens
        if tokens.at("import"):
            self._import()
            return
        start = tokens.expect("type")
        token = tokens.take()
        name = token.text
        if token.kind != "word" or not is_identifier(name):
            raise token.error(f"expected a name for the type, got {token.shown()}")
        if name in self._definitions:
            raise token.error(f"type `{name}` is defined twice")
        tokens.expect("=")
        self._definitions[name] = self._part(start, definition_path(name), self.type)
        self._uses.append((token, Ref(name), ""))

    def _import(self) -> None:
        tokens = self._tokens
        start = tokens.expect("import")
        is_service = tokens.accept("service")
        path = tokens.take()
        if path.kind != "text":
            raise path.error(f"expected the path of a file in quotes, got {path.shown()}")
        self.imports.append(DidImport(start, text_of(path), is_service))

    def env(self) -> TypeEnv:
        """The definitions so far."""
        return TypeEnv(self._definitions)

    def check_names(self, env: TypeEnv) -> None:
        """Check every name that was used; raises `CandidSyntaxError` at the first bad one."""
        for token, used, wanted in self._uses:
            resolved = _at(token, partial(env.resolve, used))
            if wanted and not repr(resolved).startswith(wanted):
                raise token.error(f"expected a {wanted}, but `{used!r}` is `{resolved!r}`")

    def _actor(self) -> tuple[tuple[Type, ...] | None, Service | Ref]:
        tokens = self._tokens
        start = tokens.expect("service")
        if not tokens.at(":"):
            tokens.name()
        tokens.expect(":")
        init_args = None
        if tokens.at("("):
            init_args = tuple(self._part(tokens.token, INIT_PATH, self.types))
            tokens.expect("->")
        return init_args, self._part(start, SERVICE_PATH, self._actor_type)

    def _actor_type(self) -> Service | Ref:
        return self._methods() if self._tokens.at("{") else self._name("service")

    def _part(
        self, token: Token, path: Path, parse: Callable[[], _Built], *, name: str = ""
    ) -> _Built:
        """Parse the part at `path`, which begins at `token`, and note what is said about it."""
        outer = self._path
        self._path = path
        self.notes[path] = Note(token.line, token.column, token.doc, name)
        built = parse()
        self._path = outer
        return built

    def _inner(self, step: str) -> Type:
        return self._part(self._tokens.token, (*self._path, step), self.type)

    def type(self) -> Type:
        """Any type."""
        token = self._tokens.token
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            raise token.error(f"types nest deeper than {_DEPTH_MAX}")
        found = self._type(token)
        self._depth -= 1
        return found

    def _type(self, token: Token) -> Type:
        tokens = self._tokens
        if token.kind != "word":
            raise token.error(f"expected a type, got {token.shown()}")
        if token.text in self._primitives:
            tokens.take()
            return self._primitives[token.text]
        match token.text:
            case "blob":
                tokens.take()
                return BLOB
            case "opt":
                tokens.take()
                return Opt(self._inner("opt"))
            case "vec":
                tokens.take()
                return Vec(self._inner("vec"))
            case "record":
                tokens.take()
                fields = self._fields(self._record_field)
                return _at(token, lambda: Record(fields))
            case "variant":
                tokens.take()
                fields = self._fields(self._variant_field)
                return _at(token, lambda: Variant(fields))
            case "func":
                tokens.take()
                return self._signature()
            case "service":
                tokens.take()
                return self._methods()
        return self._name("")

    def _name(self, wanted: str) -> Ref:
        token = self._tokens.token
        if token.kind != "word":
            raise token.error(f"expected a name, got {token.shown()}")
        self._tokens.take()
        self._uses.append((token, Ref(token.text), wanted))
        return Ref(token.text)

    def _fields(self, parse_field: Callable[[int], Field]) -> list[Field]:
        tokens = self._tokens
        fields: list[Field] = []
        tokens.expect("{")
        while not tokens.at("}"):
            fields.append(parse_field(fields[-1].id + 1 if fields else 0))
            if not tokens.at("}"):
                tokens.expect(";")
        tokens.expect("}")
        return fields

    def _has_label(self) -> bool:
        ahead = self._tokens.ahead()
        return ahead.kind == "symbol" and ahead.text == ":"

    def _record_field(self, next_id: int) -> Field:
        if self._has_label():
            return self._labelled_field()
        token = self._tokens.token
        type = self._part(token, (*self._path, next_id), self.type)
        return _at(token, lambda: Field("", type, next_id))

    def _variant_field(self, _next_id: int) -> Field:
        if self._has_label():
            return self._labelled_field()
        token = self._tokens.token
        field = Field(*self._label())
        self._part(token, (*self._path, field.id), lambda: None)
        return field

    def _labelled_field(self) -> Field:
        token = self._tokens.token
        name, type, number = self._label()
        self._tokens.expect(":")
        path = (*self._path, Field(name, type, number).id)
        return Field(name, self._part(token, path, self.type), number)

    def _label(self) -> tuple[str, Type, int]:
        """A field with no type yet: its name, or `''` and its number (0 for an empty name)."""
        token = self._tokens.token
        if token.kind != "number":
            name = self._tokens.name()
            return name, NULL, (-1 if name else 0)
        number = natural_of(self._tokens.take())
        if number > FIELD_ID_MAX:
            raise token.error(f"a field id is a number below 2^32, got {token.shown()}")
        return "", NULL, number

    def _methods(self) -> Service:
        tokens = self._tokens
        start = tokens.expect("{")
        methods: list[Method] = []
        while not tokens.at("}"):
            token = tokens.token
            name = tokens.name()
            tokens.expect(":")
            path = (*self._path, "method", name)
            methods.append(Method(name, self._part(token, path, self._method_type)))
            if not tokens.at("}"):
                tokens.expect(";")
        tokens.expect("}")
        return _at(start, lambda: Service(methods))

    def _method_type(self) -> Func | Ref:
        return self._signature() if self._tokens.at("(") else self._name("func")

    def _signature(self) -> Func:
        tokens = self._tokens
        start = tokens.token
        args = self.types()
        tokens.expect("->")
        results = self.types("result")
        annotations: list[str] = []
        while tokens.token.kind == "word" and tokens.token.text in ANNOTATIONS:
            annotations.append(tokens.take().text)
        return _at(start, lambda: Func(args, results, annotations))

    def types(self, step: str = "arg") -> list[Type]:
        """A tuple of types in parentheses, each perhaps with a name, which is noted."""
        tokens = self._tokens
        types: list[Type] = []
        tokens.expect("(")
        while not tokens.at(")"):
            token, name = tokens.token, ""
            if self._has_label():
                name = tokens.name()
                tokens.expect(":")
            path = (*self._path, step, len(types))
            types.append(self._part(token, path, self.type, name=name))
            if not tokens.at(")"):
                tokens.expect(",")
        tokens.expect(")")
        return types


def _at(token: Token, build: Callable[[], _Built]) -> _Built:
    try:
        return build()
    except CandidTypeError as error:
        raise CandidSyntaxError(token.line, token.column, str(error)) from error
