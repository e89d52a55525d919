"""A canister's heap: one live instance, and the committed image it can go back to.

The platform makes a fresh instance per message and restores heap and globals from the committed
state.  Here the instance stays; after a success only the 64 KiB pieces that differ are copied into
the image, after a trap or a query only those are copied back.  Comparing 10 MB takes about 1 ms;
copying it would take several.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Final, cast

from scm.replica.canister_module import CanisterModule
from scm.wasm.engine import WASM_PAGE_BYTES, HostFunction, Instance, instantiate

HostFunctions = dict[tuple[str, str], HostFunction]

_PIECE_BYTES: Final = WASM_PAGE_BYTES


class Heap:
    """The live instance of a canister and its last committed memory and globals.

    `make_functions` gives the host functions for a new instance.
    """

    def __init__(
        self, module: CanisterModule, make_functions: Callable[[], HostFunctions], *, fuel: int
    ) -> None:
        self._module = module
        self._make_functions = make_functions
        self.instance = self._instantiate(fuel)
        self._image = bytearray()
        self._globals: dict[str, int | float] = {}
        self.commit()

    @property
    def committed_size_bytes(self) -> int:
        return len(self._image)

    def commit(self) -> None:
        """Make the live memory and globals the committed ones."""
        size_bytes = self.instance.memory_size_bytes
        if size_bytes > len(self._image):
            self._image.extend(bytes(size_bytes - len(self._image)))
        self._copy_differences(into_image=True)
        self._globals = {
            name: self.instance.read_global(name) for name in self._module.mutable_globals
        }

    def roll_back(self) -> None:
        """Return the live instance to the committed memory and globals."""
        if self._module.has_passive_segments or self._has_grown():
            # Memory cannot shrink, and dropped segments cannot come back.
            self.instance = self._instantiate(fuel=0)
        self._restore()

    def renew(self) -> None:
        """Give passive segments back before a message, as a fresh instance would have them."""
        if self._module.has_passive_segments:
            self.roll_back()

    def fork(self, make_functions: Callable[[], HostFunctions]) -> Heap:
        """A second heap that starts from the committed state of this one."""
        twin = Heap.__new__(Heap)
        twin._module = self._module
        twin._make_functions = make_functions
        twin._image = bytearray(self._image)
        twin._globals = dict(self._globals)
        twin.instance = twin._instantiate(fuel=0)
        twin._restore()
        return twin

    def _restore(self) -> None:
        missing_bytes = len(self._image) - self.instance.memory_size_bytes
        if missing_bytes > 0:
            self.instance.grow_memory(missing_bytes // WASM_PAGE_BYTES)
        self._copy_differences(into_image=False)
        for name, value in self._globals.items():
            self.instance.write_global(name, value)

    def _instantiate(self, fuel: int) -> Instance:
        return instantiate(self._module.compiled, self._make_functions(), fuel=fuel)

    def _has_grown(self) -> bool:
        return self.instance.memory_size_bytes > len(self._image)

    def _copy_differences(self, *, into_image: bool) -> None:
        size_bytes = len(self._image)
        if not size_bytes:
            return
        image_view = (ctypes.c_char * size_bytes).from_buffer(self._image)
        image, live = ctypes.addressof(image_view), self.instance.memory_address
        source, target = (live, image) if into_image else (image, live)
        compare = _memcmp()
        for offset in range(0, size_bytes, _PIECE_BYTES):
            if compare(source + offset, target + offset, _PIECE_BYTES):
                ctypes.memmove(target + offset, source + offset, _PIECE_BYTES)


@cache
def _memcmp() -> Callable[[int, int, int], int]:
    compare = ctypes.CDLL(None).memcmp
    compare.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
    compare.restype = ctypes.c_int
    return cast("Callable[[int, int, int], int]", compare)
