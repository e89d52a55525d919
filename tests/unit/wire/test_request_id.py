"""Request ids.  Interface Spec, "Request ids"."""

from __future__ import annotations

import pytest

from scm.model import Principal
from scm.wire.envelopes import CallContent, decode_envelope, request_id_of, sign_envelope
from scm.wire.errors import MalformedError
from scm.wire.request_id import hash_of_map, hash_of_value

EXAMPLE = CallContent(
    sender=Principal.anonymous(),
    ingress_expiry_ns=1_685_570_400_000_000_000,
    canister_id=Principal(bytes.fromhex("00000000000004D2")),
    method_name="hello",
    argument=b"DIDL\x00\xfd*",
)
EXAMPLE_ID = bytes.fromhex("1d1091364d6bb8a6c16b203ee75467d59ead468f523eb058880ae8ec80e2b101")


def test_example_of_the_specification() -> None:
    assert request_id_of(EXAMPLE) == EXAMPLE_ID
    assert decode_envelope(sign_envelope(EXAMPLE, None)).request_id == EXAMPLE_ID


def test_absent_fields_do_not_count() -> None:
    assert hash_of_map({"a": 1, "nonce": None}) == hash_of_map({"a": 1})


def test_order_of_fields_does_not_count_but_of_items() -> None:
    assert hash_of_map({"a": 1, "b": [b"x", b"y"]}) == hash_of_map({"b": (b"x", b"y"), "a": 1})
    assert hash_of_value([b"x", b"y"]) != hash_of_value([b"y", b"x"])


@pytest.mark.parametrize("value", [-1, True, 1.5, None, {1: b""}, {"a": [1.5]}, "\ud800"])
def test_what_has_no_hash(value: object) -> None:
    with pytest.raises(MalformedError):
        hash_of_value(value)
