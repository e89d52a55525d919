// As `counter.py`, for moc.  The count lives through upgrades, as scm's.
persistent actor {
  var count = 0;

  public func nothing() : async () {};

  public func increment() : async Nat { count += 1; count };
};
