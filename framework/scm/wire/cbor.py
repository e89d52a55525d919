"""CBOR as it travels between agents and the network: RFC 8949, with the self-described tag.

The bytes come from strangers, so depth and types are bounded before anything else looks at them.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any, Final, NoReturn

import cbor2

from scm.wire.errors import MalformedError

DEPTH_MAX: Final = 16  # An envelope takes 5.
TREE_DEPTH_MAX: Final = 256  # Trees of the main net's certificates take about 60.

_SELF_DESCRIBED: Final = 55799  # RFC 8949, 3.4.6
_PREFIX: Final = bytes.fromhex("d9d9f7")
_FOREIGN_TAGS: Final = (
    *(0, 1, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000),
)
"""What the library would decode and no message has: dates, patterns, references and so on."""


def encode_cbor(value: object) -> bytes:
    """A message, with the self-described tag."""
    return cbor2.dumps(cbor2.CBORTag(_SELF_DESCRIBED, value))


def decode_cbor(
    data: bytes, *, depth_max: int = DEPTH_MAX, has_number_keys: bool = False
) -> object:
    """The value in `data`, which must be all of it; raises `MalformedError`.

    Lists, maps, bytes, text, numbers, booleans and None; of tags only the self-described one and
    bignums.  Keys of maps are text or bytes, unless there may be numbers.
    """
    # Not left to the library, which makes all that is in a tag immutable: tuples, no lists.
    stream = BytesIO(data)
    stream.seek(len(_PREFIX) if data.startswith(_PREFIX) else 0)
    try:
        value: object = cbor2.CBORDecoder(
            stream,
            tag_hook=_refuse_tag,
            semantic_decoders=_SEMANTIC_DECODERS,
            max_depth=depth_max,
            allow_duplicate_keys=False,
            strict_hashable_types=not has_number_keys,
        ).decode()
    except (cbor2.CBORError, ValueError, OverflowError, MemoryError) as error:
        raise MalformedError(f"not valid CBOR: {error}") from error
    if stream.tell() != len(data):
        raise MalformedError("not valid CBOR: there is more after the end")
    return value


def _refuse_tag(tag: cbor2.CBORTag, _is_immutable: bool) -> NoReturn:
    raise ValueError(f"unexpected tag {tag.tag}")


def _refuse_value(_value: object, _is_immutable: bool) -> NoReturn:
    raise ValueError("unexpected tag")


_SEMANTIC_DECODERS: Final[dict[int, Callable[[Any, bool], Any]]] = dict.fromkeys(
    _FOREIGN_TAGS, _refuse_value
)
