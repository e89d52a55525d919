"""The ledger with others: the standards' own interfaces, a wallet, and a model over many steps."""

import random
from pathlib import Path

import pytest

from scm import Principal
from scm.candid import CandidService, Service, find_breaking_changes, parse_did, read_did
from scm.candid.values import VariantValue
from scm.compiler.metadata import read_metadata
from scm.testing.building import install_canister

pytestmark = pytest.mark.toolchain

PROJECT = Path(__file__).parents[1]
INTERFACES = PROJECT.parents[2] / "shared" / "did"
FEE = 10
MINTER = Principal(b"\x0aminter\x02")
ALICE = Principal(b"\x0aalice\x02")
OWNERS = [MINTER, ALICE, Principal(b"\x0abob\x02"), Principal(b"\x0acarol\x02"), Principal(b"")]
SUBACCOUNTS = [None, bytes(32), b"\0" * 31 + b"\1", b"\xff" * 32]


@pytest.mark.parametrize("name", ["icrc1-ledger", "icrc2"])
def test_callers_of_the_standards_interface_are_served(wasm, name):
    path = INTERFACES / f"{name}.did"
    if not path.is_file():
        pytest.skip("no real interfaces beside the repository")
    theirs = read_did(path)
    standard = ("icrc1_", "icrc2_", "icrc10_")
    methods = [method for method in theirs.resolved().methods if method.name.startswith(standard)]
    assert len(methods) >= 4
    section = read_metadata(wasm, "candid:service")
    assert section is not None
    ours = parse_did(section.decode())
    wanted = CandidService(Service(methods), theirs.env)
    assert find_breaking_changes(wanted, ours) == ()


def test_wallet_pays_from_this_ledger(bank, build_canister):
    wallet_wasm = build_canister(PROJECT.parent / "wallet")
    wallet = install_canister(bank.replica, wallet_wasm, bank.handle.canister_id)
    bank.transfer(MINTER, wallet.canister_id, 500)
    paid = wallet.pay({"owner": ALICE}, 100)
    assert paid == VariantValue("Paid", {"block": 2, "fee": FEE})
    assert bank.balance(wallet.canister_id) == 390


def test_transfer_among_many_accounts_is_cheap(replica, wasm):
    chance = random.Random(1)
    accounts = [{"owner": Principal(chance.randbytes(29))} for _ in range(2_000)]
    token = {"name": "", "symbol": "", "decimals": 0, "fee": 1, "minting_account": accounts[0]}
    balances = [(account, 1_000) for account in accounts[1:]]
    ledger = install_canister(replica, wasm, token, balances)
    ticket = ledger.as_sender(accounts[5]["owner"]).submit(
        "icrc1_transfer", {"to": accounts[7], "amount": 5}
    )
    assert ticket.result() == VariantValue("Ok", len(balances))
    assert ticket.fuel < 45_000  # Measured: 33,000; `tools/bench` does it with 100,000 accounts.


class Model:
    """What the standards say, in Python's own containers."""

    def __init__(self):
        self.balances = {(ALICE, bytes(32)): 1_000}
        self.allowances = {}
        self.blocks = 1

    def transfer(self, source, to, amount, spender=None):
        """Whether it is done."""
        minter = (MINTER, bytes(32))
        fee = FEE if minter not in (source, to) else 0
        funds = self.balances.get(source, 0)
        is_mint = source == minter and to != minter
        if to == minter and amount < max(1, min(FEE, funds)):
            return False
        allowed = self.allowances.get((source, spender), 0)
        needs_allowance = spender not in (None, source)
        if (needs_allowance and allowed < amount + fee) or (funds < amount + fee and not is_mint):
            return False
        if needs_allowance:
            self.allowances[source, spender] = allowed - amount - fee
        if not is_mint:
            self.balances[source] = funds - amount - fee
        if to != minter:
            self.balances[to] = self.balances.get(to, 0) + amount
        self.blocks += 1
        return True

    def approve(self, source, spender, amount):
        """Whether it is done."""
        funds = self.balances.get(source, 0)
        if source[0] == spender[0] or source == (MINTER, bytes(32)) or funds < FEE:
            return False
        self.balances[source] = funds - FEE
        self.allowances[source, spender] = amount
        self.blocks += 1
        return True


def test_300_operations_are_as_in_a_model_with_upgrades_between(bank, wasm):
    seed = 4
    chance = random.Random(seed)
    model = Model()
    done = 0
    for step in range(300):
        source, to, spender = (account(chance) for _ in range(3))
        amount = chance.choice([0, 1, FEE, 50, 200, 1_500])
        action = chance.choice(["transfer", "transfer", "approve", "transfer_from"])
        expected, answer = act(bank, model, action, source, to, spender, amount)
        assert isinstance(answer, int) is expected, f"seed {seed}, step {step}: {answer}"
        done += expected
        if step % 60 == 59:
            compare(bank, model)
            bank.replica.install(bank.handle.canister_id, wasm, mode="upgrade")
            compare(bank, model)
    assert 100 < done < 250


def account(chance):
    # Alice's first account is the most likely one, so that there is something to move.
    weights = [2, 5, 2, 2, 1]
    return chance.choices(OWNERS, weights)[0], chance.choice(SUBACCOUNTS)


def act(bank, model, action, source, to, spender, amount):
    plain = [(owner, subaccount or bytes(32)) for owner, subaccount in (source, to, spender)]
    if action == "transfer":
        options = {"from_subaccount": source[1], "to_subaccount": to[1]}
        answer = bank.transfer(source[0], to[0], amount, **options)
        return model.transfer(plain[0], plain[1], amount), answer
    if action == "approve":
        options = {"from_subaccount": source[1], "spender_subaccount": spender[1]}
        answer = bank.approve(source[0], spender[0], amount, **options)
        return model.approve(plain[0], plain[2], amount), answer
    options = {"source_subaccount": source[1], "spender_subaccount": spender[1]}
    answer = bank.transfer_from(spender[0], source[0], to[0], amount, **options)
    return model.transfer(plain[0], (to[0], bytes(32)), amount, plain[2]), answer


def compare(bank, model):
    accounts = [(owner, subaccount) for owner in OWNERS for subaccount in SUBACCOUNTS]
    for owner, subaccount in accounts:
        expected = model.balances.get((owner, subaccount or bytes(32)), 0)
        assert bank.balance(owner, subaccount) == expected
    for (source, spender), amount in model.allowances.items():
        if source[1] == bytes(32):
            assert bank.allowance(source[0], *spender) == (amount, None)
    assert bank.supply == sum(model.balances.values())
    assert bank.log()["log_length"] == model.blocks
