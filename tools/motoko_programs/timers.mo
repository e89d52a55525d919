import Prim "mo:⛔";

persistent actor {
  var ticks : Nat = 0;
  var once : Nat = 0;
  var beats : Nat = 0;
  transient var timer : Nat = 0;

  public func start() : async () {
    timer := Prim.setTimer<system>(10_000_000_000, true, func() : async () { ticks += 1 });
    ignore Prim.setTimer<system>(5_000_000_000, false, func() : async () { once += 1 });
  };

  public func stop() : async () { Prim.cancelTimer(timer) };

  public query func counts() : async (Nat, Nat) { (ticks, once) };

  system func inspect({ arg : Blob }) : Bool { arg.size() < 100 };

  public func long(text : Text) : async Nat { text.size() };
};
