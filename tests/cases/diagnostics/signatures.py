from scm import Pending, Response, init, nat, on_response, query, record, state, text, update


@record
class Context:
    amount: nat


@state
class State:
    total: nat = 0


@init
def setup(state: State, start: nat) -> None:  ## E: init-signature `state: State`; init-signature `None`
    pass


@update
def no_type(state: State, amount) -> None:  ## E: missing-type `amount`
    pass


@update
def no_result(state: State):  ## E: missing-type `no_result`
    pass


@update
def default(state: State, amount: nat = 1) -> None:  ## E: default-argument `1`
    pass


@update
def variadic(state: State, *rest: nat, **named: nat) -> None:  ## E: variadic-parameter `rest: nat`; variadic-parameter `named: nat`
    pass


@update
def keyword(state: State, *, amount: nat) -> None:  ## E: variadic-parameter `amount: nat`
    pass


@query
def calls(state: State) -> Pending[nat]:  ## E: query-calls `Pending[nat]`
    raise NotImplementedError


@update
async def asynchronous(state: State) -> nat:  ## E: async-def `asynchronous`
    return 1


async def helper() -> nat:  ## E: async-def `helper`
    return 1


@update
def generator(state: State) -> nat:
    total = [x for x in helper_generator()]
    yield len(total)  ## E: generator `yield len(total)`


def helper_generator():
    yield 1


@on_response
def no_response(state: State, context: Context) -> nat:  ## E: handler-signature `no_response`
    return 1


@on_response
def no_state(context: Context, response: Response[nat]) -> nat:  ## E: handler-signature `no_state`
    return 1


@on_response
def too_many(state: State, a: Context, b: Context, response: Response[nat]) -> nat:  ## E: handler-signature `too_many`
    return 1


@on_response
def wrong_order(state: State, response: Response[nat], a: Context) -> nat:  ## E: handler-signature `wrong_order`
    return 1


@on_response
def fine(state: State, response: Response[None]) -> None:
    pass


@on_response
def also_fine(state: State, context: Context, response: Response[text | None]) -> nat | Pending[nat]:
    return 1
