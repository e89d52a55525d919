"""Random types of Candid, bound as a project would bind them: their values to faces and back."""

from __future__ import annotations

import sys
import types
from itertools import count

from hypothesis import given, reject
from hypothesis import strategies as st

from scm.binding.bind import BindOptions, bind
from scm.binding.binder import BindingError
from scm.candid.codec import Codec
from scm.candid.decode import decode_generally
from scm.candid.did import CandidService, print_did
from scm.candid.did_parser import parse_did_document
from scm.candid.encode import encode
from scm.candid.equality import explain_equality
from scm.candid.table import table_from_types
from scm.candid.types import Func, Method, Service, Type, TypeEnv
from scm.faces import ServiceFace
from scm.testing.strategies import candid_envs, candid_types, candid_values

NUMBERS = count()


def bound_service(argument: Type, env: TypeEnv) -> ServiceFace:
    """The face of a service with one method, `m`, that gives back its argument."""
    service = Service([Method("m", Func([argument], [argument]))])
    text = print_did(CandidService(service, env))
    name = f"faces_of_random_types_{next(NUMBERS)}"
    module = types.ModuleType(name)
    sys.modules[name] = module
    try:
        source = bind(parse_did_document(text), BindOptions("random.did", service="TheService"))
        exec(compile(source, name, "exec"), vars(module))
        return ServiceFace(vars(module)["TheService"])
    finally:
        del sys.modules[name]


@given(st.data())
def test_values_of_any_type_come_back_the_same(data: st.DataObject) -> None:
    env = data.draw(candid_envs())
    type = data.draw(candid_types(env))
    try:
        method = bound_service(type, env).method("m")
    except BindingError:
        reject()  # A type without values, or one that has no name in Python to recur through.
    face = method.arguments
    assert explain_equality(type, face.types[0], first_env=env, second_env=face.env) is None
    for value in data.draw(st.lists(candid_values(type, env), min_size=1, max_size=3)):
        message = encode([type], [value], env)
        faces = face.decode(message)
        made = face.encode(faces)

        assert face.to_generic(faces) == (value,)
        assert made == Codec(face.types, face.env).encode([value])
        assert face.decode(made) == faces
        assert decode_generally(made, table_from_types([type], env)) == (value,)
        assert method.results.encode([method.decode_result(message)]) == made
