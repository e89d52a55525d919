"""A ledger of one fungible token, by the standards ICRC-1 and ICRC-2.

Arguments and errors are the classes that scm has for the callers of such ledgers, so they fit.  The
README tells what this ledger does where the standards leave a choice.
"""

from typing import Final

from scm import (
    Principal,
    StableLog,
    StableMap,
    StableSet,
    blob,
    ic,
    init,
    nat,
    nat8,
    nat64,
    query,
    record,
    state,
    text,
    update,
    variant,
)
from scm.icrc1 import MetadataValue, MetadataValueNat, MetadataValueText, Standard, TransferArg
from scm.icrc2 import Account, Allowance, AllowanceArgs, ApproveArgs, TransferFromArgs
from scm.icrc2 import ApproveErrorAllowanceChanged as AllowanceChanged
from scm.icrc2 import ApproveErrorExpired as Expired
from scm.icrc2 import TransferFromErrorBadBurn as BadBurn
from scm.icrc2 import TransferFromErrorBadFee as BadFee
from scm.icrc2 import TransferFromErrorCreatedInFuture as CreatedInFuture
from scm.icrc2 import TransferFromErrorDuplicate as Duplicate
from scm.icrc2 import TransferFromErrorGenericError as GenericError
from scm.icrc2 import TransferFromErrorInsufficientAllowance as InsufficientAllowance
from scm.icrc2 import TransferFromErrorInsufficientFunds as InsufficientFunds
from scm.icrc2 import TransferFromErrorTooOld as TooOld
from scm.icrc2 import TransferFromResultOk as Ok

DEFAULT_SUBACCOUNT: Final = bytes(32)
MEMO_BYTES_MAX: Final = 32
ALLOWANCE_MAX: Final = 2**128 - 1  # So that nobody stores a number of a megabyte for one fee.
ENTRIES_PER_ANSWER: Final = 2_000
DRIFT_NS: Final = 120_000_000_000
KEPT_NS: Final = 24 * 3_600_000_000_000 + DRIFT_NS  # A day, and what clocks may differ by.

RequestError = BadFee | TooOld | CreatedInFuture | Duplicate | GenericError
TransferError = RequestError | BadBurn | InsufficientFunds
TransferFromError = TransferError | InsufficientAllowance
ApproveError = RequestError | InsufficientFunds | AllowanceChanged | Expired


@record
class Token:
    name: text
    symbol: text
    decimals: nat8
    fee: nat
    minting_account: Account


@record
class Transaction:
    """What was asked for: `to` is absent in approvals, the last two fields in all others."""

    kind: text  # transfer, mint, burn or approve.
    amount: nat
    source: Account
    to: Account | None
    spender: Account | None
    fee: nat | None
    memo: blob | None
    created_at_time: nat64 | None
    expected_allowance: nat | None = None
    expires_at: nat64 | None = None


@record
class Entry:
    timestamp: nat64
    transaction: Transaction


@record
class LogRange:
    log_length: nat
    entries: tuple[Entry, ...]


@state
class Ledger:
    """All accounts in it are as `account_of` makes them."""

    token: Token
    total_supply: nat = 0
    balances: StableMap[Account, nat] = StableMap()  # Those above 0.
    allowances: StableMap[tuple[Account, Account], Allowance] = StableMap()  # By owner, spender.
    log: StableLog[Entry] = StableLog()
    # Of the last day: `created_at_time`, caller, index in the log.
    recent: StableSet[tuple[nat64, Principal, nat]] = StableSet()


@variant("Err")
class TransferErr:
    value: TransferError


@variant("Err")
class TransferFromErr:
    value: TransferFromError


@variant("Err")
class ApproveErr:
    value: ApproveError


TransferResult = Ok | TransferErr
TransferFromResult = Ok | TransferFromErr
ApproveResult = Ok | ApproveErr


@init
def setup(token: Token, initial_balances: list[tuple[Account, nat]]) -> Ledger:
    minter = account_of(token.minting_account.owner, token.minting_account.subaccount)
    ledger = Ledger(Token(token.name, token.symbol, token.decimals, token.fee, minter))
    for account, amount in initial_balances:
        to = account_of(account.owner, account.subaccount)
        kind = kind_of(ledger, minter, to)
        outcome = move(ledger, Transaction(kind, amount, minter, to, None, None, None, None))
        if not isinstance(outcome, int):
            raise ValueError(f"the initial balance of {account} is refused: {outcome}")
    return ledger


@query
def icrc1_name(ledger: Ledger) -> text:
    return ledger.token.name


@query
def icrc1_symbol(ledger: Ledger) -> text:
    return ledger.token.symbol


@query
def icrc1_decimals(ledger: Ledger) -> nat8:
    return ledger.token.decimals


@query
def icrc1_fee(ledger: Ledger) -> nat:
    return ledger.token.fee


@query
def icrc1_metadata(ledger: Ledger) -> list[tuple[text, MetadataValue]]:
    return [
        ("icrc1:name", MetadataValueText(ledger.token.name)),
        ("icrc1:symbol", MetadataValueText(ledger.token.symbol)),
        ("icrc1:decimals", MetadataValueNat(ledger.token.decimals)),
        ("icrc1:fee", MetadataValueNat(ledger.token.fee)),
        ("icrc1:max_memo_length", MetadataValueNat(MEMO_BYTES_MAX)),
    ]


@query
def icrc1_total_supply(ledger: Ledger) -> nat:
    return ledger.total_supply


@query
def icrc1_minting_account(ledger: Ledger) -> Account | None:
    return ledger.token.minting_account


@query
def icrc1_balance_of(ledger: Ledger, account: Account) -> nat:
    return ledger.balances.get(account_of(account.owner, account.subaccount), 0)


@query
def icrc1_supported_standards() -> list[Standard]:
    base = "https://github.com/dfinity/ICRC"
    return [
        Standard("ICRC-1", f"{base}-1/tree/main/standards/ICRC-1"),
        Standard("ICRC-2", f"{base}-1/tree/main/standards/ICRC-2"),
        Standard("ICRC-10", f"{base}/blob/main/ICRCs/ICRC-10/ICRC-10.md"),
    ]


@query
def icrc10_supported_standards() -> list[Standard]:
    return icrc1_supported_standards()


@query
def icrc2_allowance(ledger: Ledger, args: AllowanceArgs) -> Allowance:
    owner = account_of(args.account.owner, args.account.subaccount)
    return find_allowance(ledger, owner, account_of(args.spender.owner, args.spender.subaccount))


@query
def get_log(ledger: Ledger, start: nat, length: nat) -> LogRange:
    """Entries of the log from `start` on: as many as asked for, or as go into an answer."""
    stop = start + min(length, ENTRIES_PER_ANSWER)
    return LogRange(len(ledger.log), tuple(ledger.log[start:stop]))


@update
def icrc1_transfer(ledger: Ledger, arg: TransferArg) -> TransferResult:
    source = account_of(ic.caller(), arg.from_subaccount)
    to = account_of(arg.to.owner, arg.to.subaccount)
    kind = kind_of(ledger, source, to)
    outcome = move(
        ledger,
        Transaction(kind, arg.amount, source, to, None, arg.fee, arg.memo, arg.created_at_time),
    )
    if isinstance(outcome, int):
        return Ok(outcome)
    assert not isinstance(outcome, InsufficientAllowance)  # No allowance was asked for.
    return TransferErr(outcome)


@update
def icrc2_transfer_from(ledger: Ledger, args: TransferFromArgs) -> TransferFromResult:
    source = account_of(args.from_.owner, args.from_.subaccount)
    to = account_of(args.to.owner, args.to.subaccount)
    spender = account_of(ic.caller(), args.spender_subaccount)
    kind = kind_of(ledger, source, to)
    outcome = move(
        ledger,
        Transaction(
            kind, args.amount, source, to, spender, args.fee, args.memo, args.created_at_time
        ),
    )
    return Ok(outcome) if isinstance(outcome, int) else TransferFromErr(outcome)


@update
def icrc2_approve(ledger: Ledger, args: ApproveArgs) -> ApproveResult:
    outcome = approve(
        ledger,
        Transaction(
            "approve",
            min(args.amount, ALLOWANCE_MAX),
            account_of(ic.caller(), args.from_subaccount),
            None,
            account_of(args.spender.owner, args.spender.subaccount),
            args.fee,
            args.memo,
            args.created_at_time,
            args.expected_allowance,
            args.expires_at,
        ),
    )
    return Ok(outcome) if isinstance(outcome, int) else ApproveErr(outcome)


def kind_of(ledger: Ledger, source: Account, to: Account) -> str:
    minter = ledger.token.minting_account
    return "burn" if to == minter else "mint" if source == minter else "transfer"


def move(ledger: Ledger, asked: Transaction) -> int | TransferFromError:
    """Transfer, mint or burn, if nothing speaks against it; the index in the log.

    An error that is returned keeps what was done: nothing is changed before the last check.
    """
    fee = ledger.token.fee if asked.kind == "transfer" else 0
    error = check_request(ledger, asked, fee)
    if error is not None:
        return error
    balance = ledger.balances.get(asked.source, 0)
    if asked.kind == "burn":
        least = max(1, min(ledger.token.fee, balance))
        if asked.amount < least:
            return BadBurn(least)
    total = asked.amount + fee
    spender = asked.spender
    allowance = None
    if spender is not None and spender != asked.source:
        allowance = find_allowance(ledger, asked.source, spender)
        if allowance.allowance < total:
            return InsufficientAllowance(allowance.allowance)
    if balance < total and asked.kind != "mint":
        return InsufficientFunds(balance)
    if spender is not None and allowance is not None:
        left = Allowance(allowance.allowance - total, allowance.expires_at)
        put_allowance(ledger, asked.source, spender, left)
    if asked.kind != "mint":
        put_balance(ledger, asked.source, balance - total)
        ledger.total_supply -= total
    if asked.kind != "burn" and asked.to is not None:
        put_balance(ledger, asked.to, ledger.balances.get(asked.to, 0) + asked.amount)
        ledger.total_supply += asked.amount
    return append(ledger, asked)


def approve(ledger: Ledger, asked: Transaction) -> int | ApproveError:
    """Let a spender have an allowance, if nothing speaks against it; the index in the log."""
    fee = ledger.token.fee
    error = check_request(ledger, asked, fee)
    if error is not None:
        return error
    spender = asked.spender
    assert spender is not None
    if spender.owner == asked.source.owner:
        return GenericError(2, "nobody needs an allowance from themselves")
    if asked.source == ledger.token.minting_account:
        return GenericError(3, "the minting account can't let others mint")
    if asked.expires_at is not None and asked.expires_at <= ic.time():
        return Expired(ic.time())
    if asked.expected_allowance is not None:
        current = find_allowance(ledger, asked.source, spender).allowance
        if current != asked.expected_allowance:
            return AllowanceChanged(current)
    balance = ledger.balances.get(asked.source, 0)
    if balance < fee:
        return InsufficientFunds(balance)
    put_balance(ledger, asked.source, balance - fee)
    ledger.total_supply -= fee
    put_allowance(ledger, asked.source, spender, Allowance(asked.amount, asked.expires_at))
    return append(ledger, asked)


def check_request(ledger: Ledger, asked: Transaction, fee: int) -> RequestError | None:
    """What is wrong with a request, whatever the balances are."""
    if asked.fee is not None and asked.fee != fee:
        return BadFee(fee)
    if asked.memo is not None and len(asked.memo) > MEMO_BYTES_MAX:
        return GenericError(1, f"a memo has at most {MEMO_BYTES_MAX} bytes")
    created = asked.created_at_time
    if created is None:
        return None
    now = ic.time()
    if created + KEPT_NS < now:
        return TooOld()
    if created > now + DRIFT_NS:
        return CreatedInFuture(now)
    for _, _, index in ledger.recent.prefix((created, ic.caller())):
        if ledger.log[index].transaction == asked:
            return Duplicate(index)
    return None


def append(ledger: Ledger, transaction: Transaction) -> int:
    """Write a transaction to the log; its index."""
    now = ic.time()
    index = ledger.log.append(Entry(now, transaction))
    if transaction.created_at_time is not None:
        ledger.recent.add((transaction.created_at_time, ic.caller(), index))
        # Two for one that is added: all that are too old go in time, and no message pays for many.
        for _ in range(2):
            if ledger.recent.first()[0] + KEPT_NS >= now:
                break
            ledger.recent.pop()
    return index


def account_of(owner: Principal, subaccount: bytes | None) -> Account:
    """The account, in the one of its two forms that is kept if its subaccount is the default."""
    if subaccount is None or subaccount == DEFAULT_SUBACCOUNT:
        return Account(owner)
    if len(subaccount) != len(DEFAULT_SUBACCOUNT):
        raise ValueError(f"a subaccount has 32 bytes, not {len(subaccount)}")
    return Account(owner, subaccount)


def put_balance(ledger: Ledger, account: Account, balance: int) -> None:
    if balance:
        ledger.balances[account] = balance
    else:
        ledger.balances.pop(account, 0)


def find_allowance(ledger: Ledger, owner: Account, spender: Account) -> Allowance:
    """The allowance that is left; none if it has expired."""
    allowance = ledger.allowances.get((owner, spender), Allowance(0))
    if allowance.expires_at is not None and allowance.expires_at <= ic.time():
        return Allowance(0)
    return allowance


def put_allowance(ledger: Ledger, owner: Account, spender: Account, allowance: Allowance) -> None:
    if allowance.allowance:
        ledger.allowances[owner, spender] = allowance
    else:
        ledger.allowances.pop((owner, spender), None)
