"""CanisterSpec -> Candid interface: the `.did` text and the init arguments."""

from __future__ import annotations

from scm.candid.did import CandidService, print_did, print_init_args
from scm.candid.types import Func, Method, Service, Type
from scm.compiler.artefacts import CanisterSpec, Interface, MethodSpec, message_shapes
from scm.compiler.shapes import ShapeTypes, canister_types


def describe_interface(spec: CanisterSpec) -> Interface:
    """The public interface of a canister, the same for the same declarations in any order."""
    service = candid_service(spec)
    return Interface(did=print_did(service), init_args=print_init_args(service))


def candid_service(spec: CanisterSpec) -> CandidService:
    """The public interface as Candid types; only the named types that it uses."""
    types = canister_types(spec)
    methods = [Method(method.public_name, _signature(types, method)) for method in spec.methods]
    init_args = _arguments(types, spec.init) if spec.init else ()
    used: list[Type] = [*init_args]
    for method in methods:
        assert isinstance(method.type, Func)
        used.extend((*method.type.args, *method.type.results))
    return CandidService(Service(methods), types.reachable(used), init_args)


def _signature(types: ShapeTypes, method: MethodSpec) -> Func:
    results = tuple(types.candid(shape) for shape in message_shapes(method.result))
    annotations = ("query",) if method.kind == "query" else ()
    return Func(_arguments(types, method), results, annotations)


def _arguments(types: ShapeTypes, method: MethodSpec) -> tuple[Type, ...]:
    return tuple(types.candid(parameter.shape) for parameter in method.parameters)
