import Prim "mo:⛔";

persistent actor {
  var count : Nat = 0;
  transient var since_install : Nat = 0;

  public func increment() : async Nat {
    count += 1;
    since_install += 1;
    count;
  };

  public func increment_and_trap() : async () {
    count += 100;
    Prim.trap("undone");
  };

  public func fail() : async Nat {
    count += 1;
    throw Prim.error("refused on purpose");
  };

  public query func get() : async (Nat, Nat) { (count, since_install) };

  public func accept() : async Nat {
    Prim.cyclesAccept<system>(1_000);
  };
};
