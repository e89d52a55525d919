// The same methods as `canister.py`, for moc and mo:core.
import Array "mo:core/Array";
import Blob "mo:core/Blob";
import List "mo:core/List";
import Map "mo:core/Map";
import Nat "mo:core/Nat";
import Nat64 "mo:core/Nat64";
import Nat8 "mo:core/Nat8";
import Principal "mo:core/Principal";
import Text "mo:core/Text";
import Prim "mo:⛔";

persistent actor {
  type User = { name : Text; amount : Nat; flag : Bool };

  let numbers = Map.empty<Nat64, Nat64>();
  let users = Map.empty<Text, User>();
  let balances = Map.empty<Principal, Nat>();
  let items = List.empty<Nat64>();

  func after(seed : Nat64) : Nat64 { (seed *% 25_214_903_917 +% 11) & 0xFFFF_FFFF_FFFF };

  func digit(bits : Nat64) : Nat8 {
    let value = Nat8.fromIntWrap(Nat64.toNat(bits & 15));
    if (value < 10) value + 48 else value + 87
  };

  // 16 digits, decoded from bytes: what `#` makes is a rope, flattened by who first looks at it.
  func nameOf(number : Nat64) : Text {
    let bytes = Array.tabulate<Nat8>(16, func(i) { digit(number >> Nat64.fromNat(60 - 4 * i : Nat)) });
    let ?name = Text.decodeUtf8(Blob.fromArray(bytes)) else Prim.trap("no text");
    name
  };

  func ownerOf(number : Nat64) : Principal {
    let (a, b, c, d, e, f, g, h) = Prim.explodeNat64(number);
    Principal.fromBlob(Blob.fromArray([a, b, c, d, e, f, g, h, 1, 1]))
  };

  func size(n : Nat) : Nat64 { Nat64.fromNat(n) };

  public func nothing() : async Nat64 { 0 };

  public func numbers_keys(first : Nat64, count : Nat64) : async Nat64 {
    var seed = first;
    var i : Nat64 = 0;
    while (i < count) { i += 1; seed := after(seed) };
    seed
  };

  public func numbers_entries(first : Nat64, count : Nat64, more : Nat64) : async Nat64 {
    var seed = first;
    var i : Nat64 = 0;
    var value : Nat64 = 0;
    while (i < count) {
      i += 1;
      seed := after(seed);
      value := seed + more
    };
    value
  };

  public func numbers_put(first : Nat64, count : Nat64, more : Nat64) : async Nat64 {
    var seed = first;
    var i : Nat64 = 0;
    while (i < count) {
      i += 1;
      seed := after(seed);
      Map.add(numbers, Nat64.compare, seed, seed + more)
    };
    size(Map.size(numbers))
  };

  public func numbers_get(first : Nat64, count : Nat64) : async Nat64 {
    var seed = first;
    var total : Nat64 = 0;
    var i : Nat64 = 0;
    while (i < count) {
      i += 1;
      seed := after(seed);
      let ?value = Map.get(numbers, Nat64.compare, seed) else Prim.trap("no entry");
      total ^= value
    };
    total
  };

  public func numbers_delete(first : Nat64, count : Nat64) : async Nat64 {
    var seed = first;
    var i : Nat64 = 0;
    while (i < count) {
      i += 1;
      seed := after(seed);
      Map.remove(numbers, Nat64.compare, seed)
    };
    size(Map.size(numbers))
  };

  public func numbers_scan() : async Nat64 {
    var total : Nat64 = 0;
    for ((_key, value) in Map.entries(numbers)) { total ^= value };
    total
  };

  public func numbers_values() : async Nat64 {
    var total : Nat64 = 0;
    for (value in Map.values(numbers)) { total ^= value };
    total
  };

  public func numbers_digest() : async Nat64 {
    var digest : Nat64 = 0;
    for ((key, value) in Map.entries(numbers)) {
      digest := (digest *% 31 +% key *% 7 +% value) & 0xFFFF_FFFF_FFFF
    };
    digest
  };

  public func users_keys(first : Nat64, count : Nat64) : async Nat64 {
    var seed = first;
    var i : Nat64 = 0;
    var key = "";
    while (i < count) { i += 1; seed := after(seed); key := nameOf(seed) };
    size(Text.size(key))
  };

  public func users_entries(first : Nat64, count : Nat64, more : Nat64) : async Nat64 {
    var seed = first;
    var i : Nat64 = 0;
    var user : User = { name = ""; amount = 0; flag = false };
    while (i < count) {
      i += 1;
      seed := after(seed);
      let name = nameOf(seed);
      user := { name; amount = Nat64.toNat(seed + more); flag = seed % 2 == 0 }
    };
    Nat64.fromNat(user.amount)
  };

  public func users_put(first : Nat64, count : Nat64, more : Nat64) : async Nat64 {
    var seed = first;
    var i : Nat64 = 0;
    while (i < count) {
      i += 1;
      seed := after(seed);
      let name = nameOf(seed);
      let user = { name; amount = Nat64.toNat(seed + more); flag = seed % 2 == 0 };
      Map.add(users, Text.compare, name, user)
    };
    size(Map.size(users))
  };

  public func users_get(first : Nat64, count : Nat64) : async Nat64 {
    var seed = first;
    var total : Nat64 = 0;
    var i : Nat64 = 0;
    while (i < count) {
      i += 1;
      seed := after(seed);
      let ?user = Map.get(users, Text.compare, nameOf(seed)) else Prim.trap("no entry");
      total ^= Nat64.fromNat(user.amount)
    };
    total
  };

  public func users_delete(first : Nat64, count : Nat64) : async Nat64 {
    var seed = first;
    var i : Nat64 = 0;
    while (i < count) {
      i += 1;
      seed := after(seed);
      Map.remove(users, Text.compare, nameOf(seed))
    };
    size(Map.size(users))
  };

  public func users_scan() : async Nat64 {
    var total : Nat64 = 0;
    for ((_name, user) in Map.entries(users)) { total ^= Nat64.fromNat(user.amount) };
    total
  };

  public func users_values() : async Nat64 {
    var total : Nat64 = 0;
    for (user in Map.values(users)) { total ^= Nat64.fromNat(user.amount) };
    total
  };

  public func users_digest() : async Nat64 {
    var digest : Nat64 = 0;
    for ((name, user) in Map.entries(users)) {
      let sizes = size(Text.size(name) + Text.size(user.name) + (if (user.flag) 1 else 0));
      digest := (digest *% 31 +% Nat64.fromNat(user.amount) +% sizes) & 0xFFFF_FFFF_FFFF
    };
    digest
  };

  public func balances_keys(first : Nat64, count : Nat64) : async Nat64 {
    var seed = first;
    var i : Nat64 = 0;
    var key = ownerOf(seed);
    while (i < count) { i += 1; seed := after(seed); key := ownerOf(seed) };
    size(Blob.size(Principal.toBlob(key)))
  };

  public func balances_entries(first : Nat64, count : Nat64, more : Nat64) : async Nat64 {
    var seed = first;
    var i : Nat64 = 0;
    var value = 0;
    while (i < count) {
      i += 1;
      seed := after(seed);
      ignore ownerOf(seed);
      value := Nat64.toNat(seed + more)
    };
    Nat64.fromNat(value)
  };

  public func balances_put(first : Nat64, count : Nat64, more : Nat64) : async Nat64 {
    var seed = first;
    var i : Nat64 = 0;
    while (i < count) {
      i += 1;
      seed := after(seed);
      Map.add(balances, Principal.compare, ownerOf(seed), Nat64.toNat(seed + more))
    };
    size(Map.size(balances))
  };

  public func balances_get(first : Nat64, count : Nat64) : async Nat64 {
    var seed = first;
    var total : Nat64 = 0;
    var i : Nat64 = 0;
    while (i < count) {
      i += 1;
      seed := after(seed);
      let ?value = Map.get(balances, Principal.compare, ownerOf(seed)) else Prim.trap("no entry");
      total ^= Nat64.fromNat(value)
    };
    total
  };

  public func balances_delete(first : Nat64, count : Nat64) : async Nat64 {
    var seed = first;
    var i : Nat64 = 0;
    while (i < count) {
      i += 1;
      seed := after(seed);
      Map.remove(balances, Principal.compare, ownerOf(seed))
    };
    size(Map.size(balances))
  };

  public func balances_scan() : async Nat64 {
    var total : Nat64 = 0;
    for ((_owner, value) in Map.entries(balances)) { total ^= Nat64.fromNat(value) };
    total
  };

  public func balances_values() : async Nat64 {
    var total : Nat64 = 0;
    for (value in Map.values(balances)) { total ^= Nat64.fromNat(value) };
    total
  };

  public func balances_digest() : async Nat64 {
    var digest : Nat64 = 0;
    for ((owner, value) in Map.entries(balances)) {
      let bytes = size(Blob.size(Principal.toBlob(owner)));
      digest := (digest *% 31 +% bytes +% Nat64.fromNat(value)) & 0xFFFF_FFFF_FFFF
    };
    digest
  };

  public func items_append(first : Nat64, count : Nat64) : async Nat64 {
    var seed = first;
    var i : Nat64 = 0;
    while (i < count) { i += 1; seed := after(seed); List.add(items, seed) };
    size(List.size(items))
  };

  public func items_get(first : Nat64, count : Nat64) : async Nat64 {
    let entries = size(List.size(items));
    var seed = first;
    var total : Nat64 = 0;
    var i : Nat64 = 0;
    while (i < count) {
      i += 1;
      seed := after(seed);
      total ^= List.at(items, Nat64.toNat(seed % entries))
    };
    total
  };

  public func items_indices(first : Nat64, count : Nat64) : async Nat64 {
    let entries = size(List.size(items));
    var seed = first;
    var index : Nat64 = 0;
    var i : Nat64 = 0;
    while (i < count) { i += 1; seed := after(seed); index := seed % entries };
    index
  };

  public func items_scan() : async Nat64 {
    var total : Nat64 = 0;
    for (value in List.values(items)) { total ^= value };
    total
  };

  public func loops(count : Nat64) : async Nat64 {
    var total : Nat64 = 0;
    var i : Nat64 = 0;
    while (i < count) { i += 1; total := 0 };
    total
  };

  // With `loops` taken off: what the others do with each value that they find.  A sum would outgrow
  // what both languages have compact numbers for.
  public func joins(value : Nat64, count : Nat64) : async Nat64 {
    var total = value / 3;
    var i : Nat64 = 0;
    while (i < count) { i += 1; total ^= value };
    total
  };

  public func ascending_put(first : Nat64, count : Nat64) : async Nat64 {
    var number = first;
    while (number < first + count) {
      Map.add(numbers, Nat64.compare, number, number);
      number += 1
    };
    size(Map.size(numbers))
  };

  public func ascending_get(first : Nat64, count : Nat64) : async Nat64 {
    let entries = size(Map.size(numbers));
    var seed = first;
    var total : Nat64 = 0;
    var i : Nat64 = 0;
    while (i < count) {
      i += 1;
      seed := after(seed);
      let ?value = Map.get(numbers, Nat64.compare, seed % entries) else Prim.trap("no entry");
      total ^= value
    };
    total
  };

  public func ascending_keys(first : Nat64, count : Nat64) : async Nat64 {
    let entries = size(Map.size(numbers));
    var seed = first;
    var index : Nat64 = 0;
    var i : Nat64 = 0;
    while (i < count) { i += 1; seed := after(seed); index := seed % entries };
    index
  };
};
