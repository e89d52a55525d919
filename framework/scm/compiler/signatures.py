"""Turn declarations and the meanings of their annotations into the parts of a `CanisterSpec`.

Every mistake in a signature is noted and reading goes on, so that all are reported together.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from attrs import evolve

from scm.compiler.annotations import Meaning
from scm.compiler.artefacts import (
    CalleeMethodSpec,
    ClassSpec,
    CollectionSpec,
    FieldSpec,
    HandlerSpec,
    MethodSpec,
    ParameterSpec,
    ServiceSpec,
    Shape,
)
from scm.compiler.declarations import Declaration, parameters
from scm.compiler.syntax import Definition, FunctionNode, method_in_place
from scm.errors import Diagnostic, SourceSpan

_HANDLER_FORM = (
    "`(state, context, response: Response[T])` or `(state, response: Response[T])`; for a join,"
    " with `responses: list[Response[T]]`"
)


def class_fields(item: Declaration) -> Iterator[ast.AnnAssign]:
    """The annotated fields of a class, in order."""
    for statement in item.node.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            yield statement


class SignatureReader:
    """Reads declarations one by one; what is wrong with them gathers in `diagnostics`."""

    def __init__(self, meanings: Mapping[ast.expr, Meaning]) -> None:
        self._meanings = meanings
        self.diagnostics: list[Diagnostic] = []

    def read_class(self, item: Declaration) -> ClassSpec:
        """A `@record`, `@variant` or `@state` class."""
        assert item.kind in ("record", "variant", "state")
        fields = [self._read_field(item, node) for node in class_fields(item)]
        return ClassSpec(
            kind=item.kind,
            module=item.module.name,
            name=item.name,
            tag=item.tag,
            fields=tuple(field for field in fields if field is not None),
            span=item.span,
            has_post_init=any(
                isinstance(node, ast.FunctionDef) and node.name == "__post_init__"
                for node in item.node.body
            ),
        )

    def read_collections(self, item: Declaration) -> tuple[CollectionSpec, ...]:
        """The fields of a state class that are collections."""
        found = []
        for node in class_fields(item):
            assert isinstance(node.target, ast.Name)
            collection = self._meanings[node.annotation].collection
            if collection is not None:
                span = item.module.span(node.target)
                found.append(_named(collection, node.target.id, span))
        return tuple(found)

    def read_service(self, item: Declaration) -> ServiceSpec:
        """A `Service` class."""
        methods = []
        for statement in item.node.body:
            match statement:
                case ast.AnnAssign(target=ast.Name(id=name), value=None):
                    methods.append(self._read_callee_method(item, name, statement.annotation))
                case ast.Pass() | ast.Expr(value=ast.Constant()):
                    continue
                case _:
                    self._service_mistake(item, item.module.span(statement), "this is no method")
        self._check_public_names(item, methods)
        return ServiceSpec(
            module=item.module.name,
            name=item.name,
            methods=tuple(method for method in methods if method is not None),
            span=item.span,
        )

    def read_method(self, item: Declaration) -> MethodSpec:
        """A public method or the init function."""
        assert item.kind in ("init", "update", "query")
        self._check_no_names(item)
        node = _function(item)
        kinds = [self._kind(parameter.annotation) for parameter in parameters(node)]
        takes_state = bool(kinds) and kinds[0] == "state"
        wire = parameters(node)[1 if takes_state else 0 :]
        if item.kind == "init" and takes_state:
            self._init_mistake(item, parameters(node)[0], "there is no state before it has run")
        result, may_call = self._read_result(item)
        return MethodSpec(
            kind=item.kind,
            module=item.module.name,
            name=item.name,
            public_name=item.public_name,
            takes_state=takes_state,
            parameters=tuple(
                ParameterSpec(parameter.arg, shape)
                for parameter in wire
                if (shape := self._wire_shape(item, parameter)) is not None
            ),
            result=result,
            may_call=may_call,
            span=item.span,
        )

    def read_handler(self, item: Declaration) -> HandlerSpec:
        """A response handler."""
        self._check_no_names(item)
        node = _function(item)
        given = parameters(node)
        kinds = [self._kind(parameter.annotation) for parameter in given]
        context: Shape | None = None
        response: Shape | None = None
        match kinds:
            case ["state", "response" | "responses"]:
                response = self._shape(given[1].annotation)
            case ["state", "value", "response" | "responses"]:
                context = self._shape(given[1].annotation)
                response = self._shape(given[2].annotation)
            case _ if "problem" not in kinds:
                self._handler_mistake(item, kinds)
            case _:
                pass  # The annotation itself is reported already.
        result, may_call = self._read_result(item)
        return HandlerSpec(
            module=item.module.name,
            name=item.name,
            takes_context=len(given) == 3,
            is_join=kinds[-1:] == ["responses"],
            context=context,
            response=response,
            result=result,
            may_call=may_call,
            span=item.span,
        )

    def _check_public_names(
        self, item: Declaration, methods: Iterable[CalleeMethodSpec | None]
    ) -> None:
        """Two methods of a service that callers know by one name."""
        targets = [node.target for node in class_fields(item)]
        places = {node.id: node for node in targets if isinstance(node, ast.Name)}
        first: dict[str, str] = {}
        for method in methods:
            if method is None or method.name == first.setdefault(method.public_name, method.name):
                continue
            other = first[method.public_name]
            self.diagnostics.append(
                Diagnostic(
                    "name-collision",
                    f"methods `{other}` and `{method.name}` of `{item.name}` are both called"
                    f" `{method.public_name}` in Candid",
                    item.module.span(places[method.name]),
                    label=f"`{other}` is in line {places[other].lineno}",
                    notes=("a canister has one method of a name",),
                    helps=(
                        f'give one of them another name: `Annotated[..., Name("{method.name}")]`',
                    ),
                )
            )

    def _check_no_names(self, item: Declaration) -> None:
        """`Name(...)` where nothing has a name on the wire."""
        node = _function(item)
        annotations = [*(parameter.annotation for parameter in parameters(node)), node.returns]
        for annotation in annotations:
            if annotation is not None and self._meanings[annotation].label is not None:
                self._needless_name(item, annotation, "arguments and results have no names")

    def _needless_name(self, item: Declaration, annotation: ast.expr, reason: str) -> None:
        self.diagnostics.append(
            Diagnostic(
                "unknown-type",
                f"{item.described}: `Name` has no effect here: {reason}",
                item.module.span(annotation),
                notes=(
                    "`Name` gives a field of a record or case, or a method of a service, its name"
                    " in Candid",
                ),
                helps=("write the type alone",),
            )
        )

    def _kind(self, annotation: ast.expr | None) -> str:
        meaning = None if annotation is None else self._meanings.get(annotation)
        return "problem" if meaning is None else meaning.kind

    def _shape(self, annotation: ast.expr | None) -> Shape | None:
        return None if annotation is None else self._meanings[annotation].shape

    def _read_field(self, item: Declaration, node: ast.AnnAssign) -> FieldSpec | None:
        assert isinstance(node.target, ast.Name)
        meaning = self._meanings[node.annotation]
        if item.kind == "state" and meaning.label is not None:
            self._needless_name(item, node.annotation, "a field of the state is stored as it is")
        if meaning.kind not in ("value", "collection", "problem"):
            self._unfit(item, node.annotation, f"a field of {item.described}")
        if meaning.shape is None or meaning.kind != "value":
            return None
        return FieldSpec(
            name=node.target.id,
            shape=meaning.shape,
            default=None if node.value is None else item.module.source(node.value),
            span=item.module.span(node.target),
            label="" if meaning.label is None else meaning.label,
        )

    def _read_callee_method(
        self, item: Declaration, name: str, annotation: ast.expr
    ) -> CalleeMethodSpec | None:
        meaning = self._meanings[annotation]
        if meaning.kind == "problem":
            return None
        if meaning.kind == "method" and not _is_method_in_place(annotation):
            self._service_mistake(
                item, item.module.span(annotation), f"the type of `{name}` is not written in place"
            )
            return None
        if meaning.kind != "method":
            span = item.module.span(annotation)
            self._service_mistake(item, span, f"`{name}` is not a `Method`")
            return None
        public_name = name if meaning.label is None else str(meaning.label)
        return CalleeMethodSpec(
            name, meaning.arguments, meaning.shape, public_name, meaning.annotation
        )

    def _read_result(self, item: Declaration) -> tuple[Shape | None, bool]:
        """The reply's shape, and whether the function may make calls."""
        annotation = _function(item).returns
        if annotation is None:
            return None, False
        meaning = self._meanings[annotation]
        match meaning.kind:
            case "problem":
                pass
            case "state" if item.kind == "init":
                pass
            case _ if item.kind == "init":
                self._init_mistake(item, annotation, "it doesn't return the state")
            case "pending" if item.kind == "query":
                self._query_calls(item, annotation)
            case "none" | "value" | "results" | "pending":
                return meaning.shape, meaning.kind == "pending"
            case _:
                self._unfit(item, annotation, "a reply")
        return None, False

    def _wire_shape(self, item: Declaration, parameter: ast.arg) -> Shape | None:
        if parameter.annotation is None:
            return None  # Reported as `missing-type`.
        meaning = self._meanings[parameter.annotation]
        match meaning.kind:
            case "value":
                return meaning.shape
            case "problem":
                pass
            case "state" if item.kind != "init":
                self._misplaced_state(item, parameter)
            case "state":
                pass
            case _:
                self._unfit(item, parameter.annotation, "an argument of a public method")
        return None

    def _misplaced_state(self, item: Declaration, parameter: ast.arg) -> None:
        self.diagnostics.append(
            Diagnostic(
                "misplaced-state",
                f"{item.described} takes the state as parameter `{parameter.arg}`, not as its"
                " first one",
                item.module.span(parameter),
                notes=("the state comes in as the first parameter, once",),
                helps=(f"move `{parameter.arg}` to the front",),
            )
        )

    def _unfit(self, item: Declaration, annotation: ast.expr, place: str) -> None:
        shown = item.module.source(annotation)
        self.diagnostics.append(
            Diagnostic(
                "unknown-type",
                f"`{shown}` can't be {place}",
                item.module.span(annotation),
                label="expected a Candid type",
                notes=(
                    "`Pending` is for results, `Response` for the last parameter of a response"
                    " handler, `Method` for services, the state for first parameters",
                ),
                helps=("use a type of Candid: `nat`, `text`, a `@record` class, ...",),
            )
        )

    def _handler_mistake(self, item: Declaration, kinds: list[str]) -> None:
        if "response" not in kinds and "responses" not in kinds:
            message = f"{item.described} has no parameter for the response"
        elif len(kinds) not in (2, 3):
            message = f"{item.described} has {len(kinds)} parameters, expected 2 or 3"
        elif kinds[0] != "state":
            message = f"{item.described} doesn't take the state as its first parameter"
        else:
            message = f"{item.described} has its parameters in the wrong order"
        self.diagnostics.append(
            Diagnostic(
                "handler-signature",
                message,
                item.span,
                notes=(f"a response handler is {_HANDLER_FORM}",),
                helps=("change the parameters to that form",),
            )
        )

    def _init_mistake(self, item: Declaration, node: ast.expr | ast.arg, message: str) -> None:
        self.diagnostics.append(
            Diagnostic(
                "init-signature",
                f"{item.described}: {message}",
                item.module.span(node),
                notes=("the init function makes the first state from the init arguments",),
                helps=("write `def setup(...) -> State: return State(...)`",),
            )
        )

    def _query_calls(self, item: Declaration, annotation: ast.expr) -> None:
        self.diagnostics.append(
            Diagnostic(
                "query-calls",
                f"{item.described} can't make calls",
                item.module.span(annotation),
                notes=("the system runs a query on one node, without calls to other canisters",),
                helps=("mark it with `@update`, or return the reply itself",),
            )
        )

    def _service_mistake(self, item: Declaration, span: SourceSpan, message: str) -> None:
        self.diagnostics.append(
            Diagnostic(
                "service-method",
                f"{item.described}: {message}",
                span,
                notes=("a service class lists the methods of another canister",),
                helps=("write `transfer: Method[[Principal, nat], TransferResult]`",),
            )
        )


def _named(collection: CollectionSpec, name: str, span: SourceSpan) -> CollectionSpec:
    nested = None if collection.nested is None else _named(collection.nested, name, span)
    return evolve(collection, name=name, nested=nested, span=span)


def missing_init(item: Declaration) -> Iterator[Diagnostic]:
    """Fields of the state class without a default, where no init function could fill them."""
    for node in class_fields(item):
        if node.value is None:
            assert isinstance(node.target, ast.Name)
            yield Diagnostic(
                "missing-init",
                f"field `{node.target.id}` of {item.described} has no first value",
                item.module.span(node.target),
                notes=("without an `@init` function, the state is made of its defaults",),
                helps=("give the field a default, or write an `@init` function",),
            )


def _is_method_in_place(annotation: ast.expr) -> bool:
    """Whether the arguments and the result stand in the annotation: the build reads them there."""
    match method_in_place(annotation):
        case ast.Subscript(slice=ast.Tuple(elts=[ast.List(), _]) | ast.List()):
            return True
        case _:
            return False


def _function(item: Declaration) -> FunctionNode:
    node: Definition = item.node
    assert isinstance(node, FunctionNode)
    return node
