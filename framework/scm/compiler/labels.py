"""The labels of fields and cases, the names of methods: what can be one, which id it has."""

from __future__ import annotations

from scm.candid.types import FIELD_ID_MAX, field_hash


def is_label(label: object) -> bool:
    """Whether this can be the name of a field or case, or the id of one without a name."""
    if isinstance(label, int):
        return not isinstance(label, bool) and 0 <= label <= FIELD_ID_MAX
    # A field of the empty name is one that has just the id 0.
    return isinstance(label, str) and label != "" and is_text(label)


def is_public_name(name: str) -> bool:
    """Whether callers can know a method of the canister by this name."""
    # A linker's names end at a NUL.
    return name != "" and "\0" not in name and is_text(name)


def is_text(name: str) -> bool:
    """Whether this is text to Candid: Python's strings can hold half of a surrogate pair."""
    return name.isascii() or not any(0xD800 <= ord(letter) <= 0xDFFF for letter in name)


def label_id(label: str | int) -> int:
    """The id of a field or tag."""
    return label if isinstance(label, int) else field_hash(label)
