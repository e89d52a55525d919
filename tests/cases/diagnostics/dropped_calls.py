from scm import (
    Call,
    Method,
    Pending,
    Principal,
    Response,
    Service,
    call_raw,
    nat,
    on_response,
    state,
    update,
)


class Bank(Service):
    balance: Method[[], nat]


class BetterBank(Bank):  ## E: service-subclass `Bank`
    deposit: Method[[nat], None]


@state
class State:
    total: nat = 0


@update
def forgotten(state: State, bank: Principal) -> None:
    Bank(bank).balance().then(seen)  ## E: dropped-call `Bank(bank).balance().then(seen)`


@update
def kept(state: State, bank: Principal) -> Pending[nat]:
    first = Bank(bank).balance().then(seen)
    second = Bank(bank).balance().then(seen)  ## E: dropped-call `Bank(bank).balance().then(seen)`
    return first


@update
def helped(state: State, bank: Principal) -> None:
    promised(bank)  ## E: dropped-call `promised(bank)`
    described(bank)  ## E: dropped-call `described(bank)`
    described(bank).send()
    call_raw(bank, "balance", b"")  ## E: dropped-call `call_raw(bank, "balance", b"")`
    call_raw(bank, "balance", b"").send()


def promised(bank: Principal) -> Pending[nat]:
    return Bank(bank).balance().then(seen)


def described(bank: Principal) -> Call[nat]:
    return Bank(bank).balance()


@update
def waiting(state: State, bank: Principal) -> nat:
    return await Bank(bank).balance()  ## E: async-def `await Bank(bank).balance()`


@update
def several(state: State, bank: Principal) -> None:
    async with bank:  ## E: async-def
        pass
    print([x async for x in bank])  ## E: async-def `[x async for x in bank]`


@update
def sent(state: State, bank: Principal) -> None:
    Bank(bank).balance().send()


@update
def returned(state: State, bank: Principal) -> Pending[nat]:
    return Bank(bank).balance().then(seen)


@on_response
def seen(state: State, response: Response[nat]) -> nat:
    return 0
