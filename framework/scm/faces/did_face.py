"""The methods of an interface in Candid's own words: `DidFace(text)`, as `ServiceFace` a class's.

Values are as in `scm.candid.values`; arguments may be instances of `@record`, `@variant` and
`Service` classes, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from scm.candid.decode import decode
from scm.candid.did import CandidService
from scm.candid.did_parser import parse_did
from scm.candid.encode import encode
from scm.candid.types import Func, TypeEnv
from scm.faces.face import generic_values


class DidMethod:
    """A method: its name, and both of its messages."""

    def __init__(self, name: str, function: Func, env: TypeEnv) -> None:
        self.public_name: Final = name
        self.function: Final = function
        self.env: Final = env

    @property
    def annotation(self) -> str:
        """Candid's: `query`, `composite_query`, `oneway`, or empty for an update method."""
        return self.function.annotations[0] if self.function.annotations else ""

    def encode_arguments(self, values: Sequence[object]) -> bytes:
        """The message of a call; raises `EncodeError` with the path to what does not fit."""
        return encode(self.function.args, generic_values(values), self.env)

    def decode_results(self, message: bytes) -> tuple[object, ...]:
        """All results; raises `DecodeError`."""
        return decode(message, self.function.results, self.env)

    def decode_result(self, message: bytes) -> object:
        """The result as a call gives it: None for none, a tuple for several."""
        values = self.decode_results(message)
        if len(values) > 1:
            return values
        return values[0] if values else None


class DidFace:
    """The methods of a service; raises `CandidSyntaxError` if the text is no interface."""

    def __init__(self, did: str) -> None:
        self.interface: Final = parse_interface(did)

    def names(self) -> list[str]:
        """The methods' names, in the order of the interface."""
        return [method.name for method in self.interface.resolved().methods]

    def find_method(self, name: str) -> DidMethod | None:
        """A method, if there is one of this name."""
        env = self.interface.env
        for method in self.interface.resolved().methods:
            if method.name == name:
                function = env.resolve(method.type)
                assert isinstance(function, Func)
                return DidMethod(name, function, env)
        return None


@lru_cache(maxsize=64)
def parse_interface(did: str) -> CandidService:
    """The interface in the text of a `.did` file; raises `CandidSyntaxError`."""
    return parse_did(did)
