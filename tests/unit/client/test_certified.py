"""Which certificates of subnets an agent believes, by the age of what delegates to them."""

from __future__ import annotations

import cbor2
import pytest
from tests.unit.client.scripted_network import CANISTER, START_NS

from scm.client.certified import believe
from scm.errors import UntrustedError
from scm.leb128 import write_unsigned
from scm.replica.root_key import ROOT_KEY, ROOT_SECRET
from scm.wire.bls import public_key_der, sign_bls
from scm.wire.certificates import encode_certificate, signed_root, write_ranges
from scm.wire.hash_tree import State, reveal
from scm.wire.public_keys import self_authenticating

SUBNET_SECRET = 4711
SUBNET_KEY = public_key_der(SUBNET_SECRET)
SUBNET = self_authenticating(SUBNET_KEY)
DAY_NS = 24 * 3600 * 10**9


def signed(state: State, secret: int) -> bytes:
    tree = reveal(state, [()])
    return encode_certificate(tree, sign_bls(secret, signed_root(tree.digest)))


def of_subnet(delegated_ns: int) -> bytes:
    """A certificate of now, by a subnet that the root key let speak at a time."""
    subnet: State = {
        b"public_key": SUBNET_KEY,
        b"canister_ranges": write_ranges([(CANISTER, CANISTER)]),
    }
    outer = signed(
        {b"subnet": {SUBNET.raw: subnet}, b"time": write_unsigned(delegated_ns)}, ROOT_SECRET
    )
    fields = dict(cbor2.loads(signed({b"time": write_unsigned(START_NS)}, SUBNET_SECRET)))
    fields["delegation"] = {"subnet_id": SUBNET.raw, "certificate": outer}
    return cbor2.dumps(fields)


@pytest.mark.parametrize("days", [0, 1, 29])
def test_a_delegation_may_be_some_days_old(days: int) -> None:
    encoded = of_subnet(START_NS - days * DAY_NS)
    assert believe(encoded, ROOT_KEY, CANISTER, START_NS).subnet_id == SUBNET


@pytest.mark.parametrize(("days", "what"), [(31, "is 31 days old"), (-1, "is ahead of this")])
def test_neither_too_old_nor_of_the_future(days: int, what: str) -> None:
    with pytest.raises(UntrustedError, match=what):
        believe(of_subnet(START_NS - days * DAY_NS), ROOT_KEY, CANISTER, START_NS)
