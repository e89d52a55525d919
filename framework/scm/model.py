"""Words shared by all layers, on the host and inside the canister.

Standard library only and nothing heavy: this module is compiled into every canister.
"""

from __future__ import annotations

from typing import Final, final

from scm import principal_text

PRINCIPAL_BYTES_MAX: Final = 29  # Interface Spec, "Principals"

# Found once, at import: to look one up in its module takes 700 instructions.
_principal_text: Final = principal_text.principal_text
_BASE32: Final = principal_text.BASE32


@final
class Principal:
    """An identity on the Internet Computer: 0 to 29 opaque bytes (Interface Spec, "Principals").

    Immutable and hashable; ordered by its bytes.  Raises `ValueError` on more than 29 bytes.
    """

    def __init__(self, raw: bytes) -> None:
        if len(raw) > PRINCIPAL_BYTES_MAX:
            raise ValueError(f"a principal has at most 29 bytes, got {len(raw)}")
        self.raw: Final = raw

    @staticmethod
    def from_text(text: str) -> Principal:
        """Parse the textual form (`aaaaa-aa`); raises `ValueError` if it is not canonical."""
        bits = 0
        bit_count = 0
        decoded = bytearray()
        for character in text.lower().replace("-", ""):
            value = _BASE32.find(character)
            if value < 0:
                raise ValueError(f"`{text}` is not a principal: unexpected character {character!r}")
            bits = (bits << 5 | value) & 0xFFF
            bit_count += 5
            if bit_count >= 8:
                bit_count -= 8
                decoded.append(bits >> bit_count & 0xFF)
        principal = Principal(bytes(decoded[4:]))
        if str(principal) != text.lower():
            raise ValueError(f"`{text}` is not a principal: wrong checksum or grouping")
        return principal

    @staticmethod
    def anonymous() -> Principal:
        """The principal of an unauthenticated caller, `2vxsx-fae`."""
        return Principal(b"\x04")

    @staticmethod
    def management_canister() -> Principal:
        """The management canister, `aaaaa-aa`."""
        return Principal(b"")

    def __str__(self) -> str:
        return _principal_text(self.raw)

    def __repr__(self) -> str:
        return f"Principal.from_text({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Principal) and self.raw == other.raw

    def __lt__(self, other: Principal) -> bool:
        return self.raw < other.raw

    def __hash__(self) -> int:
        return hash(self.raw)


class RejectCode:
    """Why a call was rejected (Interface Spec, "Reject codes")."""

    SYS_FATAL: Final = 1
    SYS_TRANSIENT: Final = 2
    DESTINATION_INVALID: Final = 3
    CANISTER_REJECT: Final = 4
    CANISTER_ERROR: Final = 5
    SYS_UNKNOWN: Final = 6
