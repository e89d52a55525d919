"""The journal: what has come in since a checkpoint, round by round.

A round is written and synced before anything of it can be seen, so running the same rounds again
after a crash gives the same state.  A record is its size, a CRC-32 and a value in CBOR; what a
crash has torn can only be the last one.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from struct import Struct
from typing import Final

import cbor2
from attrs import frozen

from scm.errors import ConfigurationError, ScmError
from scm.model import Principal
from scm.network.durable import OWNER_ONLY, sync_folder
from scm.network.hold_orders import Order, order_fields, read_order

_MAGIC: Final = b"scm journal 1\n"
_HEAD: Final = Struct(">III")
"""Size and CRC-32 of what follows, and the CRC-32 of these two."""
_NOTHING: Final = bytes(_HEAD.size)
_BLOCK_BYTES: Final = 4096


class JournalError(ScmError):
    """The journal can't be written; nothing has happened."""


@frozen
class UserCall:
    """A user's call that was let in.  `expires_ns`: its `ingress_expiry`."""

    request_id: bytes
    sender: Principal
    expires_ns: int
    canister_id: Principal
    method: str
    argument: bytes


@frozen
class Round:
    """What comes into the replica at once, at `time_ns` (nanoseconds since 1970).

    `orders`, which come before the calls, are about messages that are held.
    """

    time_ns: int
    calls: tuple[UserCall, ...] = ()
    has_heartbeats: bool = False
    orders: tuple[Order, ...] = ()


class Journal:
    """A journal that is being written."""

    def __init__(self, path: Path, size_bytes: int) -> None:
        """Go on after `size_bytes`, dropping the rest; a new file if that is 0.

        Raises `OSError`; then a new file is not there: the journal before it is still the last.
        """
        self.path: Final = path
        self._file: Final = os.open(path, os.O_RDWR | os.O_CREAT, OWNER_ONLY)
        self._size_bytes = size_bytes
        self._lacking_bytes = _BLOCK_BYTES
        try:
            os.ftruncate(self._file, size_bytes)
            if not size_bytes:
                self._write(_MAGIC)
                sync_folder(path.parent)
        except OSError:
            os.close(self._file)
            if not size_bytes:
                path.unlink()
                sync_folder(path.parent)
            raise

    @property
    def size_bytes(self) -> int:
        """The size of what is written and synced."""
        return self._size_bytes

    def append(self, item: Round) -> None:
        """Write a round and wait until it is on the disk.

        Raises `OSError` if that fails; then it is not in the journal.
        """
        payload = cbor2.dumps(_round_fields(item))
        record = _head_of(payload) + payload
        try:
            self._write(record)
        except OSError:
            self._lacking_bytes = max(len(record), _BLOCK_BYTES)
            os.ftruncate(self._file, self._size_bytes)
            raise

    def check_space(self) -> None:
        """Raise `OSError` if the round that could not be written last still can't be.

        As many zeros are written, which are no record, and cut off again.
        """
        try:
            self._put(bytes(self._lacking_bytes))
        finally:
            os.ftruncate(self._file, self._size_bytes)

    def sync(self) -> None:
        """Have it on the disk that there is no more of it; raises `OSError`.

        What could not be written was cut off, and that need not have reached the disk.
        """
        os.fdatasync(self._file)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _write(self, contents: bytes) -> None:
        self._put(contents)
        self._size_bytes += len(contents)

    def _put(self, contents: bytes) -> None:
        """Write behind what counts."""
        view = memoryview(contents)
        written = 0
        while written < len(contents):
            written += os.pwrite(self._file, view[written:], self._size_bytes + written)
        os.fdatasync(self._file)


def read_journal(path: Path, *, is_last: bool = True) -> tuple[list[Round], int]:
    """The rounds of a journal, and the size of them in bytes: what follows was torn by a crash.

    Raises `ConfigurationError` if a record is damaged that is not the last; of a journal that has
    another one behind it, any.
    """
    contents = path.read_bytes()
    if not contents.startswith(_MAGIC):
        # The first bytes are written at once, but a crash may come before they are there.
        if len(contents) <= len(_MAGIC) and is_last:
            return [], 0
        raise _damaged(path, 0)
    rounds = []
    at = len(_MAGIC)
    while at + _HEAD.size <= len(contents):
        head = contents[at : at + _HEAD.size]
        end = at + _HEAD.size + _HEAD.unpack(head)[0]
        payload = contents[at + _HEAD.size : end]
        if head != _head_of(payload):
            is_torn = end >= len(contents) and _is_whole(head)
            if not is_torn and head != _NOTHING:  # As when its block never reached the disk.
                raise _damaged(path, at)
            break
        rounds.append(_read_round(payload))
        at = end
    if at < len(contents) and not is_last:
        raise _damaged(path, at)
    return rounds, at


def _head_of(payload: bytes) -> bytes:
    size, checksum = len(payload), zlib.crc32(payload)
    return _HEAD.pack(size, checksum, _checksum(size, checksum))


def _is_whole(head: bytes) -> bool:
    size, checksum, own = _HEAD.unpack(head)
    return bool(own == _checksum(size, checksum))


def _checksum(size: int, checksum: int) -> int:
    return zlib.crc32(_HEAD.pack(size, checksum, 0))


def _round_fields(item: Round) -> dict[str, object]:
    fields: dict[str, object] = {"time": item.time_ns}
    if item.calls:
        fields["calls"] = [
            (
                *(call.request_id, call.sender.raw, call.expires_ns, call.canister_id.raw),
                *(call.method, call.argument),
            )
            for call in item.calls
        ]
    if item.has_heartbeats:
        fields["heartbeats"] = True
    if item.orders:
        fields["orders"] = [order_fields(order) for order in item.orders]
    return fields


def _read_round(payload: bytes) -> Round:
    fields = cbor2.loads(payload)
    calls = tuple(
        UserCall(request_id, Principal(sender), expires_ns, Principal(callee), method, argument)
        for request_id, sender, expires_ns, callee, method, argument in fields.get("calls", ())
    )
    orders = tuple(map(read_order, fields.get("orders", ())))
    return Round(fields["time"], calls, fields.get("heartbeats", False), orders)


def _damaged(path: Path, at: int) -> ConfigurationError:
    return ConfigurationError(
        f"the journal `{path}` is damaged at byte {at:,}, in the middle",
        "restore the folder from a copy, or start anew with `--clean`, which deletes all canisters",
    )
