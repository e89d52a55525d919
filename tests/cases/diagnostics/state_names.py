from scm import StableMap, nat, query, state, text


@state(
    renamed={
        "total": "sum",
        "count": "total",  ## E: state-names `"total"`
        "missing": "other",  ## E: state-names `"missing"`
        "prices": "sum",  ## E: state-names `"sum"`
    },
    dropped=("gone", "gone", "prices"),  ## E: state-names `"gone"`; state-names `"prices"`
)
class Shop:
    total: nat = 0
    count: nat = 0
    prices: StableMap[text, nat] = StableMap()


@query
def total(shop: Shop) -> nat:
    return shop.total
