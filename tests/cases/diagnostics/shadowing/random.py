from scm import nat, record  ## E: module-name


@record
class Item:
    amount: nat
