// Asks a ledger for its name: a reply callback for `Text` stands in the function table.
persistent actor Shop {
  type Ledger = actor { name : () -> async Text; transfer : (Nat) -> async Nat };
  let ledger : Ledger = actor "aaaaa-aa";

  public func token() : async Text {
    await ledger.name();
  };
};
