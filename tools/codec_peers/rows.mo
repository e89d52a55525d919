// The same methods as `rows.c`, for moc.
persistent actor {
  public type Row = { id : Nat64; owner : Principal; name : Text; amount : Nat };

  var kept : [Row] = [];

  public func nothing() : async () {};

  public func take(rows : [Row]) : async Nat { rows.size() };

  public func fill(rows : [Row]) : async () { kept := rows };

  public query func give() : async [Row] { kept };
};
