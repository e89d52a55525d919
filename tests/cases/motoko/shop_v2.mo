// As `shop_v1.mo`, with one more call in front: the callbacks are numbered in the order of use.
persistent actor Shop {
  type Ledger = actor { name : () -> async Text; transfer : (Nat) -> async Nat };
  let ledger : Ledger = actor "aaaaa-aa";

  public func token() : async Text {
    ignore await ledger.transfer(1);
    await ledger.name();
  };
};
