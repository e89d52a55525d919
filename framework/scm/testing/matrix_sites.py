"""What the modules of a canister say about its calls: call sites, handlers, and ways to upgrade.

Read from the manifest and the interface that every module of scm's carries; nothing runs here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from attrs import frozen

from scm.candid.did import CandidService
from scm.candid.did_parser import parse_did
from scm.candid.types import Func, Type, TypeEnv
from scm.compiler.artefacts import SlotEntry
from scm.compiler.machine import EntryPoint
from scm.compiler.manifest import SECTION_NAME, AbiManifest, decode_manifest
from scm.compiler.metadata import read_metadata
from scm.compiler.shapes import parse_types
from scm.replica.errors import ReplicaUsageError

_METHODS: Final = "update"
_HANDLERS: Final = "on_response"
_RAW: Final = "raw call"
"""How a manifest shows a `call_raw` whose method is not written out."""


@frozen(order=True)
class Site:
    """A place where a canister makes a call: `entry` calls `callee`, and `handler` goes on.

    `entry` is a method or a response handler, `callee` a method such as `Ledger.transfer`; what the
    source does not show is "".  `is_proxied`: a proxy makes the call (`via`).
    """

    entry: str
    callee: str
    handler: str
    is_proxied: bool = False

    def __str__(self) -> str:
        through = " by proxy" if self.is_proxied else ""
        return f"{self.entry} > {self.callee or '?'}{through} > {self.handler or '?'}"


@frozen(eq=False)
class Version:
    """One module of the canister, and what it says of itself."""

    name: str
    wasm: bytes
    manifest: AbiManifest
    machine: tuple[EntryPoint, ...]
    interface: CandidService

    def sites(self, entry: EntryPoint) -> list[Site]:
        """The calls that one entry point may make whose response is handled."""
        return [
            Site(entry.name, item.callee, item.target, item.kind == "via")
            for item in entry.transitions
            if item.kind in ("then", "via")
        ]

    def sent_to_itself(self, entry: EntryPoint) -> list[EntryPoint]:
        """The methods of its own that an entry point may call without waiting (`send`)."""
        sent = {_method_of(item.callee) for item in entry.transitions if item.kind == "send"}
        waited_for = {_method_of(site.callee) for site in self.all_sites()}
        names = sent - waited_for
        return [item for item in self.machine if item.kind == _METHODS and item.name in names]

    def own_methods(self) -> frozenset[str]:
        """The names of all of those."""
        return frozenset(item.name for entry in self.machine for item in self.sent_to_itself(entry))

    def sites_behind(self, entry: EntryPoint) -> set[Site]:
        """The calls of an entry point, and of all that may go on from it."""
        found: set[Site] = set()
        waiting = [entry]
        known: set[str] = set()
        while waiting:
            here = waiting.pop()
            if here.name in known:
                continue
            known.add(here.name)
            found |= (new := set(self.sites(here)))
            handlers = [self.handler_entry(site.handler) for site in sorted(new)]
            waiting += [handler for handler in handlers if handler is not None]
            waiting += self.sent_to_itself(here)
        return found

    def methods(self) -> Iterator[EntryPoint]:
        """The public methods that make calls, or call one of their own that does."""
        return (item for item in self.machine if item.kind == _METHODS and self.sites_behind(item))

    def all_sites(self) -> list[Site]:
        """The calls of all entry points, of those too that no user's call enters."""
        return sorted({site for entry in self.machine for site in self.sites(entry)})

    def handler_entry(self, name: str) -> EntryPoint | None:
        """A response handler as an entry point."""
        for entry in self.machine:
            if entry.kind == _HANDLERS and entry.name == name:
                return entry
        return None

    def handler(self, name: str) -> SlotEntry | None:
        """The handler that serves calls made for `name`, which may be an older name of it."""
        for entry in self.manifest.handlers:
            if name == entry.name or name in entry.formerly:
                return entry
        return None

    def response_types(self, handler: str) -> tuple[list[Type], TypeEnv]:
        """What a handler's response has, where it is a reply."""
        entry = self.handler(handler)
        assert entry is not None
        return parse_types(entry.response)

    def method(self, name: str) -> Func:
        """The type of a public method."""
        for method in self.interface.resolved().methods:
            if method.name == name:
                function = self.interface.env.resolve(method.type)
                assert isinstance(function, Func)
                return function
        raise ReplicaUsageError(f"version `{self.name}` has no method `{name}`")


def read_version(name: str, wasm: bytes) -> Version:
    """Read what a module says.

    Raises `ReplicaUsageError` if scm did not build it, or a version of scm that did not tell which
    calls there are.
    """
    manifest_section = read_metadata(wasm, SECTION_NAME)
    interface_section = read_metadata(wasm, "candid:service")
    if manifest_section is None or interface_section is None:
        raise ReplicaUsageError(
            f"version `{name}` was not built by scm: it has no `{SECTION_NAME}`"
        )
    manifest = decode_manifest(manifest_section)
    if manifest.machine is None:
        raise ReplicaUsageError(
            f"the version of scm that built `{name}` did not tell its calls: build it again"
        )
    interface = parse_did(interface_section.decode())
    return Version(name, wasm, manifest, manifest.machine, interface)


def _method_of(callee: str) -> str:
    return callee.rpartition(".")[2].removeprefix("raw ")


def upgrade_paths(names: Sequence[str], start: str) -> list[tuple[str, ...]]:
    """The ways to go on from a version while a call waits.

    To every version (the same one, too), there and back, and one by one to the last and the first.
    """
    at = names.index(start)
    paths: list[tuple[str, ...]] = [(start, name) for name in names]
    paths += [(start, name, start) for name in names if name != start]
    paths += [tuple(names[at:]), tuple(reversed(names[: at + 1]))]
    return list(dict.fromkeys(path for path in paths if len(path) > 1))


def match_site(
    version: Version, entry: str, method: str, handler: str, *, is_proxied: bool = False
) -> Site:
    """The site of a call that was made: one of those that the manifest has, if any fits.

    It may be that of a method which `entry` has called of the canister's own.
    """
    makers = [item for item in version.machine if item.name == entry]
    makers += [sent for item in makers for sent in version.sent_to_itself(item)]
    declared = [
        site
        for item in makers
        for site in version.sites(item)
        if site.handler in (handler, "") and site.is_proxied == is_proxied
    ]
    for fits in (
        [site for site in declared if _method_of(site.callee) == method and site.handler],
        [site for site in declared if _method_of(site.callee) == method],
        declared if len(declared) == 1 else [site for site in declared if site.callee == _RAW],
        [site for site in declared if not site.callee],
    ):
        if fits:
            return fits[0]
    return Site(entry, method, handler, is_proxied)
