"""A slot file that is lost or damaged, rebuilt from the deployed module: no slot changes.

The module's manifest has every entry that the file had when it was built.  What was added since,
and never deployed, gets new slots.  A file that can be read is never replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from scm.compiler.artefacts import SlotEntry
from scm.compiler.deployed import read_module
from scm.compiler.lockfile import LockFile, read_lock
from scm.compiler.manifest import SECTION_NAME, decode_manifest
from scm.compiler.metadata import read_metadata
from scm.errors import ConfigurationError
from scm.wasm.module import WasmFormatError


def open_lock(path: Path, deployed: Path | None) -> LockFile:
    """The slot file; with a `deployed` module, one that is lost or damaged has its entries.

    Raises `ConfigurationError` if the file is damaged and there is no module, or if both can be
    read and differ in a slot.
    """
    if deployed is None:
        return read_lock(path)
    entries = _deployed_entries(deployed)
    if not path.exists():
        return LockFile(entries, path=path.name)
    try:
        lock = read_lock(path)
    except ConfigurationError:
        return LockFile(entries, path=path.name)
    differences = list(_differences(lock, entries))
    if differences:
        raise ConfigurationError(
            f"`{path.name}` and `{deployed}` differ: {'; '.join(differences)}",
            f"the deployed canister decides: correct `{path.name}`, or remove it, to have it"
            " rebuilt",
        )
    return lock


def _deployed_entries(path: Path) -> tuple[SlotEntry, ...]:
    module_bytes = read_module(path, "give the `.wasm` or `.wasm.gz` file that is deployed")
    try:
        section = read_metadata(module_bytes, SECTION_NAME)
    except WasmFormatError as error:
        raise ConfigurationError(f"`{path}` is not a Wasm module: {error}") from error
    if section is None:
        raise ConfigurationError(
            f"`{path}` was not built by scm: it has no `{SECTION_NAME}` metadata",
            "give the module that `scm build` wrote and that is deployed",
        )
    return decode_manifest(section).handlers


def _differences(lock: LockFile, deployed: tuple[SlotEntry, ...]) -> Iterator[str]:
    known = {name: entry for entry in lock.entries for name in (*entry.formerly, entry.name)}
    owners = {entry.slot: entry.name for entry in lock.entries}
    for entry in deployed:
        found = known.get(entry.name)
        if found is None and not {entry.name, entry.slot}.isdisjoint(lock.reserved):
            continue  # A retired one, whose entry was taken out on purpose.
        if found is None:
            owner = owners.get(entry.slot)
            whose = f", and its slot {entry.slot:,} is that of `{owner}`" if owner else ""
            yield f"`{entry.name}` is missing in the file{whose}"
        elif found.slot != entry.slot:
            yield (
                f"`{entry.name}` has slot {found.slot:,} in the file and {entry.slot:,} in the"
                " module"
            )
