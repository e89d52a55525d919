from scm import nat, record, state, text


@record
class Item:
    name: text
    price: nat = 0
    owner: text  ## E: default-order `owner`


@state
class State:
    total: nat = 0
    count: nat  ## E: default-order `count`; missing-init `count`
