import Prim "mo:⛔";

persistent actor {
  type Counter = actor {
    increment : () -> async Nat;
    increment_and_trap : () -> async ();
    fail : () -> async Nat;
    accept : () -> async Nat;
    get : query () -> async (Nat, Nat);
  };

  var log : Text = "";

  public func twice(counter : Counter) : async Nat {
    let first = await counter.increment();
    let second = await counter.increment();
    first * 1000 + second;
  };

  public func in_parallel(counter : Counter) : async [Nat] {
    let calls = [counter.increment(), counter.increment(), counter.increment()];
    [await calls[0], await calls[1], await calls[2]];
  };

  public func caught(counter : Counter) : async Text {
    var result = "";
    try { ignore await counter.fail() } catch (error) {
      result := "rejected: " # Prim.errorMessage(error);
    } finally { log #= "finally;" };
    try { await counter.increment_and_trap() } catch (error) {
      result #= "; trapped: " # Prim.errorMessage(error);
    };
    result;
  };

  public func uncaught(counter : Counter) : async () {
    log #= "before;";
    ignore await counter.increment();
    log #= "lost;";
    Prim.trap("after the await");
  };

  public func give(counter : Counter) : async (Nat, Nat) {
    let accepted = await (with cycles = 5_000) counter.accept();
    (accepted, Prim.cyclesRefunded());
  };

  public composite query func look(counter : Counter) : async Nat {
    (await counter.get()).0;
  };

  public query func history() : async Text { log };
};
