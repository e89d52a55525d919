from scm import Response, nat, on_response, record
from .records import Payout
import canister


@record
class Other:
    amount: nat


@on_response
def paid(state: "canister.State", payout: Payout, response: Response[nat]) -> nat:  ## E: duplicate-name `paid`
    return 1


def helper() -> None:
    pass
