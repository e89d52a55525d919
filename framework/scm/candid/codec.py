"""A codec for messages of the same types: what depends on the types alone is done once.

Host only; a canister's own codecs are generated with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scm.candid.decode import decode_generally
from scm.candid.encode import encode_generally
from scm.candid.message_reader import MessageReader
from scm.candid.readers import RefusedError
from scm.candid.table import parse_header, table_from_types, write_header
from scm.candid.types import NO_NAMES, Type, TypeEnv
from scm.candid.writers import MessageWriter


class Codec:
    """Encodes and decodes argument tuples of these types (value mapping: see `values.py`).

    Raises `CandidTypeError` on a name that `env` lacks.
    """

    def __init__(self, types: Sequence[Type], env: TypeEnv = NO_NAMES) -> None:
        self._table: Final = table_from_types(types, env)
        self.header: Final = write_header(self._table)
        """What every encoded message starts with."""
        self._writer: Final = MessageWriter(self._table)
        own = MessageReader(self._table, self._table)
        self._own: Final = self.header, own
        self._last = self._own

    def encode(self, values: Sequence[object]) -> bytes:
        """`scm.candid.encode.encode` for the types of this codec."""
        try:
            return self._writer.write(self.header, values)
        except RefusedError:
            pass  # Beyond this clause, so that an error comes without the refusal.
        return self.header + encode_generally(self._table, values)

    def decode(self, message: bytes, *, work: int = -1) -> tuple[object, ...]:
        """`scm.candid.decode.decode` for the types of this codec."""
        header, reader = self._reader_for(message)
        try:
            return reader.read(message, len(header), work)
        except RefusedError:
            pass
        return decode_generally(message, self._table, work=work)

    def _reader_for(self, message: bytes) -> tuple[bytes, MessageReader]:
        """The reader for the types that the message has itself, made anew for a new header.

        A header tells its own end, so what starts with one has exactly its types.
        """
        for known in (self._own, self._last):
            if message.startswith(known[0]):
                return known
        wire, start = parse_header(message)
        self._last = message[:start], MessageReader(wire, self._table)
        return self._last
