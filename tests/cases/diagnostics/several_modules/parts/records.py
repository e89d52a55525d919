from scm import nat, record


@record
class Payout:
    amount: nat
