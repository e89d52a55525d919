"""What a module that `scm pin` wrote says about its slots: the metadata section `scm:slots`.

The exports that pinning needed are gone by then, and `scm check` wants names.  The metadata of an
installed canister can be read from outside, and tools that shrink modules leave it in.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from scm.compiler.artefacts import Slot
from scm.compiler.callback_lock import CallbackEntry
from scm.compiler.metadata import MetadataSection, read_metadata
from scm.errors import ConfigurationError

SECTION_NAME: Final = "scm:slots"
SECTION_VERSION: Final = 1


def slot_section(entries: Sequence[CallbackEntry]) -> MetadataSection:
    """The section for these callbacks, the same for the same entries."""

    def slots(status: str) -> dict[str, int]:
        return {entry.name: int(entry.slot) for entry in entries if entry.status == status}

    document = {
        "version": SECTION_VERSION,
        "callbacks": slots("active"),
        "retired": slots("retired"),
    }
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return MetadataSection(SECTION_NAME, text.encode())


def read_slot_section(module_bytes: bytes) -> tuple[CallbackEntry, ...] | None:
    """The callbacks that the module names, by slot; None if it was not pinned by `scm pin`.

    Raises `ConfigurationError` if the section is damaged, `WasmFormatError`, `MetadataError`.
    """
    section = read_metadata(module_bytes, SECTION_NAME)
    if section is None:
        return None
    try:
        document = json.loads(section)
        if document["version"] != SECTION_VERSION:
            raise ConfigurationError(
                f"the `{SECTION_NAME}` metadata has version `{document['version']}`, expected"
                f" `{SECTION_VERSION}`",
                "use the version of scm that pinned the module",
            )
        active = [CallbackEntry(str(n), Slot(int(s))) for n, s in document["callbacks"].items()]
        retired = [
            CallbackEntry(str(n), Slot(int(s)), "retired") for n, s in document["retired"].items()
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"the `{SECTION_NAME}` metadata is damaged: {error}", "pin the module again"
        ) from error
    return tuple(sorted([*active, *retired], key=lambda entry: entry.slot))
