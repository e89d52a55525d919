"""A canister's heap: one live instance, and the committed memory it can go back to.

The platform makes a fresh instance per message and restores heap and globals from the committed
state.  Here the instance stays, and only pages that differ from the module's initial memory are
looked at (`pages.py`): after a success those that changed are saved, after a trap or a query they
are put back.  A fork shares what is saved, and gets its instance when it first runs.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from functools import cache
from types import MappingProxyType
from typing import Final, cast

from attrs import frozen

from scm.replica.canister_module import HEAP_PAGES_MAX_64, CanisterModule
from scm.replica.pages import PAGE_BYTES, RUN_PAGES_MAX, Run, forget_pages, own_runs
from scm.wasm.engine import MEMORY_PAGES_MAX, WASM_PAGE_BYTES, HostFunction, Instance, instantiate

NO_GLOBALS: Final[Mapping[str, int | float]] = MappingProxyType({})

HostFunctions = dict[tuple[str, str], HostFunction]

_ZERO_PAGE: Final = bytes(PAGE_BYTES)


@frozen
class HeapImage:
    """A committed heap by itself: what its module does not already say."""

    size_bytes: int
    runs: tuple[tuple[Run, bytes], ...]
    globals: tuple[tuple[str, int | float], ...]


class Heap:
    """The live instance of a canister and its last committed memory and globals.

    `make_functions` gives the host functions for a new instance.
    """

    def __init__(
        self, module: CanisterModule, make_functions: Callable[[], HostFunctions], *, fuel: int
    ) -> None:
        self._module = module
        self._make_functions = make_functions
        self._saved: dict[Run, bytes] = {}
        """The committed contents of all runs of pages that are not as the module has them."""
        self._globals: dict[str, int | float] = {}
        self._size_bytes = 0
        self._first_address = 0
        self._live: Instance | None = None
        self._initial: Instance | None = None
        self._is_complete = True
        self._instantiate(fuel)
        self.commit()

    @property
    def instance(self) -> Instance:
        """The live instance; of a fork it is made now."""
        if self._live is None:
            self._renew_instance()
        assert self._live is not None
        return self._live

    @property
    def committed_size_bytes(self) -> int:
        """The size of the Wasm memory after the last execution that was not undone."""
        return self._size_bytes

    @property
    def own_bytes(self) -> int:
        """What the committed memory takes, beyond what all instances of the module share."""
        return sum(map(len, self._saved.values()))

    def commit(self) -> None:
        """Make the live memory and globals the committed ones."""
        instance = self.instance
        self._size_bytes = instance.memory_size_bytes
        if self._size_bytes:
            address = instance.memory_address
            saved: dict[Run, bytes] = {}
            for run in own_runs(address, self._size_bytes):
                contents = self._saved.get(run)
                if contents is None or _differs(address, run, contents):
                    contents = _read(address, run)
                saved[run] = contents
            self._saved = saved
        self._globals = {name: instance.read_global(name) for name in self._module.mutable_globals}

    def changed_page_count(self) -> int:
        """How many pages of 4 KiB of the live memory differ from the committed ones."""
        instance = self.instance
        size = instance.memory_size_bytes
        if not size:
            return 0
        address = instance.memory_address
        by_block = _by_block(self._saved)
        changed = 0
        for run in own_runs(address, size):
            contents = self._saved.get(run)
            if contents is None or _differs(address, run, contents):
                old = self._committed_pages(run, by_block)
                new = _read(address, run)
                changed += sum(
                    new[at : at + PAGE_BYTES] != old[run[0] + at // PAGE_BYTES]
                    for at in range(0, len(new), PAGE_BYTES)
                )
        return changed

    def roll_back(self) -> None:
        """Return the live instance to the committed memory and globals."""
        if self._live is None:
            return
        if self._module.has_passive_segments or self._has_moved_or_grown(self._live):
            # Memory cannot shrink, and dropped segments cannot come back.
            self._renew_instance()
            return
        if self._size_bytes:
            self._restore_pages(self._live.memory_address)
        self._restore_globals(self._live)

    def contents(self) -> bytes:
        """The whole live memory."""
        return self.instance.read_memory(0, self.instance.memory_size_bytes)

    def replace(self, contents: bytes, globals: Mapping[str, int | float] = NO_GLOBALS) -> None:
        """Commit other contents, and globals, than those that the module starts with.

        Pages that are as they should be are not touched, so they stay shared.  A memory that is
        larger already keeps its size, with zeros at the end.  Raises `WasmError` if the module
        does not allow the size.
        """
        instance = self.instance
        missing_bytes = len(contents) - instance.memory_size_bytes
        if missing_bytes > 0:
            instance.grow_memory(missing_bytes // WASM_PAGE_BYTES)
        contents = contents.ljust(instance.memory_size_bytes, b"\0")
        live = self.contents()
        for offset in range(0, len(contents), PAGE_BYTES):
            page = contents[offset : offset + PAGE_BYTES]
            if page != live[offset : offset + PAGE_BYTES]:
                instance.write_memory(offset, page)
        for name, value in globals.items():
            instance.write_global(name, value)
        self.commit()

    @property
    def committed_globals(self) -> Mapping[str, int | float]:
        """By their export names, in the order of their indices."""
        return self._globals

    def renew(self) -> None:
        """Give passive segments back before a message, as a fresh instance would have them."""
        if self._module.has_passive_segments:
            self.roll_back()

    def fork(self, make_functions: Callable[[], HostFunctions]) -> Heap:
        """A second heap that starts from the committed state of this one; copies no memory."""
        twin = copy(self)
        twin._make_functions = make_functions
        twin._live = None
        return twin

    def image(self) -> HeapImage:
        """The committed memory and globals."""
        return HeapImage(self._size_bytes, tuple(self._saved.items()), tuple(self._globals.items()))

    @classmethod
    def from_image(
        cls, module: CanisterModule, make_functions: Callable[[], HostFunctions], image: HeapImage
    ) -> Heap:
        """The heap that `image` was taken of; gets its instance when it first runs.

        Raises `ValueError` if no heap of `module` has such an image.
        """
        _check_image(module, image)
        heap = cls.__new__(cls)
        heap._module = module
        heap._make_functions = make_functions
        heap._saved = dict(image.runs)
        heap._globals = dict(image.globals)
        heap._size_bytes = image.size_bytes
        heap._first_address = 0
        heap._live = None
        heap._initial = None
        # Which pages an instance has of its own depends on the system: look again at the first.
        heap._is_complete = False
        return heap

    def _committed_pages(self, run: Run, by_block: Mapping[int, list[Run]]) -> dict[int, bytes]:
        """The committed contents of the pages of a run, those that the module has included."""
        pages = {}
        for saved in by_block.get(run[0] // RUN_PAGES_MAX, ()):
            contents = self._saved[saved]
            for page in range(max(run[0], saved[0]), min(run[1], saved[1])):
                at = (page - saved[0]) * PAGE_BYTES
                pages[page] = contents[at : at + PAGE_BYTES]
        for page in range(*run):
            if page not in pages:
                pages[page] = self._initial_page(page)
        return pages

    def _initial_page(self, page: int) -> bytes:
        """A page as the module has it, of an instance in which nothing runs."""
        if self._initial is None:
            self._initial = self._make_instance(fuel=0)
        if (page + 1) * PAGE_BYTES > self._initial.memory_size_bytes:
            return _ZERO_PAGE
        return self._initial.read_memory(page * PAGE_BYTES, PAGE_BYTES)

    def _renew_instance(self) -> None:
        """Put the committed memory and globals into a new instance."""
        instance = self._instantiate(fuel=0)
        missing_bytes = self._size_bytes - instance.memory_size_bytes
        if missing_bytes > 0:
            instance.grow_memory(missing_bytes // WASM_PAGE_BYTES)
        for run, contents in self._saved.items():
            _write(instance.memory_address, run, contents)
        self._restore_globals(instance)
        if not self._is_complete:
            self._is_complete = True
            self.commit()

    def _restore_globals(self, instance: Instance) -> None:
        for name, value in self._globals.items():
            instance.write_global(name, value)

    def _restore_pages(self, address: int) -> None:
        own = own_runs(address, self._size_bytes)
        missing = self._saved.keys() - own
        by_block = _by_block(self._saved)
        for run in own:
            contents = self._saved.get(run)
            if contents is None:
                # Written since, or grown together with others that are put back below.
                forget_pages(address, run)
                block = by_block.get(run[0] // RUN_PAGES_MAX, ())
                missing.update(saved for saved in block if _overlap(run, saved))
            elif _differs(address, run, contents):
                _write(address, run, contents)
        for run in missing:
            _write(address, run, self._saved[run])

    def _make_instance(self, fuel: int) -> Instance:
        return instantiate(
            self._module.compiled,
            self._make_functions(),
            fuel=fuel,
            kind=self._module.kind,
            memory_pages_max=HEAP_PAGES_MAX_64 if self._module.is_memory_64 else MEMORY_PAGES_MAX,
        )

    def _instantiate(self, fuel: int) -> Instance:
        instance = self._make_instance(fuel)
        self._live = instance
        self._first_address = instance.memory_address if instance.has_memory else 0
        return instance

    def _has_moved_or_grown(self, instance: Instance) -> bool:
        if not instance.has_memory:
            return False
        # A memory that has moved is a copy: it shares nothing, and has no initial pages.
        is_moved = instance.memory_address != self._first_address
        return is_moved or instance.memory_size_bytes > self._size_bytes


def _by_block(runs: Iterable[Run]) -> dict[int, list[Run]]:
    """Runs by the block that each lies in: none crosses a border."""
    found: dict[int, list[Run]] = {}
    for run in runs:
        found.setdefault(run[0] // RUN_PAGES_MAX, []).append(run)
    return found


def _check_image(module: CanisterModule, image: HeapImage) -> None:
    """An image from a file must not make us write outside of a memory."""
    limit = (HEAP_PAGES_MAX_64 if module.is_memory_64 else MEMORY_PAGES_MAX) * WASM_PAGE_BYTES
    size = image.size_bytes
    is_sized = type(size) is int and 0 <= size <= limit and size % WASM_PAGE_BYTES == 0
    if not is_sized:
        raise ValueError("a heap of an impossible size")
    taken: set[int] = set()
    for run, contents in image.runs:
        start, end = run
        if type(start) is not int or type(end) is not int or not isinstance(contents, bytes):
            raise ValueError("a heap with something else than bytes")
        is_inside = 0 <= start < end <= size // PAGE_BYTES
        is_in_block = start // RUN_PAGES_MAX == (end - 1) // RUN_PAGES_MAX
        if not is_inside or not is_in_block or len(contents) != (end - start) * PAGE_BYTES:
            raise ValueError("pages outside of their heap")
        if not taken.isdisjoint(range(start, end)):
            raise ValueError("pages that stand twice in a heap")
        taken.update(range(start, end))
    if tuple(name for name, _ in image.globals) != module.mutable_globals:
        raise ValueError("the globals of another module")
    if not all(isinstance(value, (int, float)) for _, value in image.globals):
        raise ValueError("globals that are no numbers")


def _overlap(one: Run, other: Run) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _differs(address: int, run: Run, contents: bytes) -> bool:
    return _memcmp()(address + run[0] * PAGE_BYTES, contents, len(contents)) != 0


def _read(address: int, run: Run) -> bytes:
    return ctypes.string_at(address + run[0] * PAGE_BYTES, (run[1] - run[0]) * PAGE_BYTES)


def _write(address: int, run: Run, contents: bytes) -> None:
    ctypes.memmove(address + run[0] * PAGE_BYTES, contents, len(contents))


@cache
def _memcmp() -> Callable[[int, bytes, int], int]:
    compare = ctypes.CDLL(None).memcmp
    compare.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t)
    compare.restype = ctypes.c_int
    return cast("Callable[[int, bytes, int], int]", compare)
