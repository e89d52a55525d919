# At the import these raise a `TypeError`; what scm says of them comes first.
from scm import Principal, StableCell, StableMap, init, nat, state, text


@state
class Shop:
    owner: Principal
    rate: StableCell[nat] = StableCell(3)  ## E: collection-default `StableCell(3)`
    names: StableMap[text, nat] = {}  ## E: mutable-default `{}`


@init
def setup(owner: Principal) -> Shop:
    return Shop(owner, names=StableMap(a=1))  ## E: collection-default `StableMap(a=1)`
