"""A ledger with its callers: what `bank` does returns the block's index, or the error."""

from pathlib import Path

import pytest

from scm import Principal, icrc1, icrc2
from scm.testing.building import install_canister

PROJECT = Path(__file__).parents[1]
FEE = 10
MINTER = Principal(b"\x0aminter\x02")
ALICE = Principal(b"\x0aalice\x02")


class Bank:
    """The ledger as its callers see it, by the classes that scm has for ICRC-1 and ICRC-2."""

    def __init__(self, replica, handle):
        self.replica = replica
        self.handle = handle
        self.icrc1 = handle.as_service(icrc1.Icrc1)
        self.icrc2 = handle.as_service(icrc2.Icrc2)

    @property
    def supply(self):
        return self.icrc1.icrc1_total_supply()

    def balance(self, owner, subaccount=None):
        return self.icrc1.icrc1_balance_of(icrc1.Account(owner, subaccount))

    def transfer(self, sender, to, amount, *, to_subaccount=None, **options):
        arg = icrc1.TransferArg(icrc1.Account(to, to_subaccount), amount, **options)
        return self._call(sender, icrc1.Icrc1, "icrc1_transfer", arg)

    def approve(self, sender, spender, amount, *, spender_subaccount=None, **options):
        args = icrc2.ApproveArgs(icrc2.Account(spender, spender_subaccount), amount, **options)
        return self._call(sender, icrc2.Icrc2, "icrc2_approve", args)

    def transfer_from(self, sender, source, to, amount, *, source_subaccount=None, **options):
        account = icrc2.Account(source, source_subaccount)
        args = icrc2.TransferFromArgs(account, icrc2.Account(to), amount, **options)
        return self._call(sender, icrc2.Icrc2, "icrc2_transfer_from", args)

    def allowance(self, owner, spender, spender_subaccount=None):
        account, spender = icrc2.Account(owner), icrc2.Account(spender, spender_subaccount)
        found = self.icrc2.icrc2_allowance(icrc2.AllowanceArgs(account, spender))
        return found.allowance, found.expires_at

    def log(self, start=0, length=1_000):
        return self.handle.get_log(start, length)

    def _call(self, sender, service, method, argument):
        return self.handle.as_sender(sender).as_service(service).call(method, argument).value


@pytest.fixture
def wasm(build_canister):
    return build_canister(PROJECT)


@pytest.fixture
def bank(replica, wasm):
    """A ledger with a fee of 10, where Alice has 1,000 tokens."""
    token = {
        "name": "Test token",
        "symbol": "TT",
        "decimals": 8,
        "fee": FEE,
        "minting_account": {"owner": MINTER},
    }
    return Bank(replica, install_canister(replica, wasm, token, [({"owner": ALICE}, 1_000)]))
