// The same methods as `canister.py` and `programs.py`, for moc and mo:core; JSON is not in its core.
import Array "mo:core/Array";
import Blob "mo:core/Blob";
import Map "mo:core/Map";
import Nat "mo:core/Nat";
import Nat32 "mo:core/Nat32";
import Nat8 "mo:core/Nat8";
import VarArray "mo:core/VarArray";

persistent actor {
  public type Row = { id : Nat64; owner : Principal; name : Text; amount : Nat };

  var kept : [Row] = [];

  public func fib_iterative(n : Nat) : async Nat {
    var a = 0;
    var b = 1;
    var step = 0;
    while (step < n) {
      let next = a + b;
      a := b;
      b := next;
      step += 1
    };
    a
  };

  func fibonacci(n : Nat) : Nat { if (n < 2) n else fibonacci(n - 1 : Nat) + fibonacci(n - 2 : Nat) };

  public func fib(n : Nat) : async Nat { fibonacci(n) };

  func fibonacci64(n : Nat64) : Nat64 { if (n < 2) n else fibonacci64(n - 1) + fibonacci64(n - 2) };

  public func fib_i64(n : Nat64) : async Nat64 { fibonacci64(n) };

  public func sum_to(n : Nat) : async Nat {
    var total = 0;
    var number = 1;
    while (number <= n) {
      total += number;
      number += 1
    };
    total
  };

  func ackermannOf(m : Nat, n : Nat) : Nat {
    if (m == 0) n + 1
    else if (n == 0) ackermannOf(m - 1 : Nat, 1)
    else ackermannOf(m - 1 : Nat, ackermannOf(m, n - 1 : Nat))
  };

  public func ackermann(n : Nat) : async Nat { ackermannOf(3, n) };

  public func count_primes(limit : Nat) : async Nat {
    let isPrime = VarArray.repeat<Bool>(true, limit + 1);
    var number = 2;
    while (number * number <= limit) {
      if (isPrime[number]) {
        var multiple = number * number;
        while (multiple <= limit) {
          isPrime[multiple] := false;
          multiple += number
        }
      };
      number += 1
    };
    var count = 0;
    number := 2;
    while (number <= limit) {
      if (isPrime[number]) count += 1;
      number += 1
    };
    count
  };

  func after(number : Nat) : Nat { number * 75 % 65_537 };

  func randomNumbers(count : Nat) : [var Nat] {
    let numbers = VarArray.repeat<Nat>(0, count);
    var number = 1;
    var place = 0;
    while (place < count) {
      number := after(number);
      numbers[place] := number;
      place += 1
    };
    numbers
  };

  func digestOf(numbers : [var Nat]) : Nat {
    var digest = 0;
    for (number in numbers.vals()) { digest := (digest * 31 + number) % 65_537 };
    digest
  };

  public func digest_random_numbers(count : Nat) : async Nat { digestOf(randomNumbers(count)) };

  public func sort_random_numbers(count : Nat) : async Nat {
    let numbers = randomNumbers(count);
    VarArray.sortInPlace(numbers, Nat.compare);
    digestOf(numbers)
  };

  public func build_text(count : Nat) : async Text {
    var text = "";
    var number = 0;
    while (number < count) {
      text #= Nat.toText(number) # ",";
      number += 1
    };
    text
  };

  public func fill_dict(count : Nat) : async Nat {
    let places = Map.empty<Nat, Nat>();
    var number = 1;
    var place = 0;
    while (place < count) {
      number := after(number);
      Map.add(places, Nat.compare, number, place);
      place += 1
    };
    var total = 0;
    number := 1;
    place := 0;
    while (place < count) {
      number := after(number);
      let ?found = Map.get(places, Nat.compare, number) else loop {};
      total += found;
      place += 1
    };
    total
  };

  class Account(name : Text) {
    public let owner = name;
    public var balance = 0;
    public var changes = 0;

    public func deposit(amount : Nat) {
      balance += amount;
      changes += 1
    };

    public func withdraw(amount : Nat) : Bool {
      if (amount > balance) return false;
      balance -= amount;
      changes += 1;
      true
    }
  };

  public func move_money(count : Nat) : async Nat {
    let accounts = Array.tabulate<Account>(10, func(number) { Account("user " # Nat.toText(number)) });
    var refused = 0;
    var step = 0;
    while (step < count) {
      let account = accounts[step % 10];
      if (step % 3 < 2) account.deposit(step) else if (not account.withdraw(step)) refused += 1;
      step += 1
    };
    var total = refused;
    for (account in accounts.vals()) {
      total += account.balance + account.changes + account.owner.size()
    };
    total
  };

  transient let constants : [Nat32] = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
  ];

  func wordAt(content : [var Nat8], place : Nat) : Nat32 {
    Nat32.fromNat16(content[place].toNat16()) << 24
    | Nat32.fromNat16(content[place + 1].toNat16()) << 16
    | Nat32.fromNat16(content[place + 2].toNat16()) << 8
    | Nat32.fromNat16(content[place + 3].toNat16())
  };

  public func sha256(size : Nat) : async Blob {
    // Padded: a bit, zeros, and the number of bits in eight bytes.
    let content = VarArray.repeat<Nat8>(0, (size + 72) / 64 * 64);
    var place = 0;
    while (place < size) {
      content[place] := Nat8.fromNat(place % 250);
      place += 1
    };
    content[size] := 0x80;
    let end = content.size();
    let bits = Nat32.fromNat(size * 8);
    for (index in [0, 1, 2, 3].vals()) {
      content[end - 1 - index : Nat] := Nat8.fromNat(Nat32.toNat((bits >> Nat32.fromNat(8 * index)) & 0xff))
    };
    let hash : [var Nat32] = [
      var 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
    ];
    var block = 0;
    while (block < end) {
      addBlock(hash, content, block);
      block += 64
    };
    Blob.fromArray(Array.tabulate<Nat8>(32, func(index) {
      Nat8.fromNat(Nat32.toNat((hash[index / 4] >> Nat32.fromNat(24 - 8 * (index % 4) : Nat)) & 0xff))
    }))
  };

  // In variables, not in an array: an index costs more than a round does without.
  func addBlock(hash : [var Nat32], content : [var Nat8], block : Nat) {
    var w0 = wordAt(content, block);
    var w1 = wordAt(content, block + 4);
    var w2 = wordAt(content, block + 8);
    var w3 = wordAt(content, block + 12);
    var w4 = wordAt(content, block + 16);
    var w5 = wordAt(content, block + 20);
    var w6 = wordAt(content, block + 24);
    var w7 = wordAt(content, block + 28);
    var w8 = wordAt(content, block + 32);
    var w9 = wordAt(content, block + 36);
    var w10 = wordAt(content, block + 40);
    var w11 = wordAt(content, block + 44);
    var w12 = wordAt(content, block + 48);
    var w13 = wordAt(content, block + 52);
    var w14 = wordAt(content, block + 56);
    var w15 = wordAt(content, block + 60);
    var a = hash[0]; var b = hash[1]; var c = hash[2]; var d = hash[3];
    var e = hash[4]; var f = hash[5]; var g = hash[6]; var h = hash[7];
    var index = 0;
    label rounds loop {
      h +%= ((e <>> 6) ^ (e <>> 11) ^ (e <>> 25)) +% (g ^ (e & (f ^ g))) +% constants[index] +% w0;
      d +%= h;
      h +%= ((a <>> 2) ^ (a <>> 13) ^ (a <>> 22)) +% ((a & b) | (c & (a | b)));
      g +%= ((d <>> 6) ^ (d <>> 11) ^ (d <>> 25)) +% (f ^ (d & (e ^ f))) +% constants[index + 1] +% w1;
      c +%= g;
      g +%= ((h <>> 2) ^ (h <>> 13) ^ (h <>> 22)) +% ((h & a) | (b & (h | a)));
      f +%= ((c <>> 6) ^ (c <>> 11) ^ (c <>> 25)) +% (e ^ (c & (d ^ e))) +% constants[index + 2] +% w2;
      b +%= f;
      f +%= ((g <>> 2) ^ (g <>> 13) ^ (g <>> 22)) +% ((g & h) | (a & (g | h)));
      e +%= ((b <>> 6) ^ (b <>> 11) ^ (b <>> 25)) +% (d ^ (b & (c ^ d))) +% constants[index + 3] +% w3;
      a +%= e;
      e +%= ((f <>> 2) ^ (f <>> 13) ^ (f <>> 22)) +% ((f & g) | (h & (f | g)));
      d +%= ((a <>> 6) ^ (a <>> 11) ^ (a <>> 25)) +% (c ^ (a & (b ^ c))) +% constants[index + 4] +% w4;
      h +%= d;
      d +%= ((e <>> 2) ^ (e <>> 13) ^ (e <>> 22)) +% ((e & f) | (g & (e | f)));
      c +%= ((h <>> 6) ^ (h <>> 11) ^ (h <>> 25)) +% (b ^ (h & (a ^ b))) +% constants[index + 5] +% w5;
      g +%= c;
      c +%= ((d <>> 2) ^ (d <>> 13) ^ (d <>> 22)) +% ((d & e) | (f & (d | e)));
      b +%= ((g <>> 6) ^ (g <>> 11) ^ (g <>> 25)) +% (a ^ (g & (h ^ a))) +% constants[index + 6] +% w6;
      f +%= b;
      b +%= ((c <>> 2) ^ (c <>> 13) ^ (c <>> 22)) +% ((c & d) | (e & (c | d)));
      a +%= ((f <>> 6) ^ (f <>> 11) ^ (f <>> 25)) +% (h ^ (f & (g ^ h))) +% constants[index + 7] +% w7;
      e +%= a;
      a +%= ((b <>> 2) ^ (b <>> 13) ^ (b <>> 22)) +% ((b & c) | (d & (b | c)));
      h +%= ((e <>> 6) ^ (e <>> 11) ^ (e <>> 25)) +% (g ^ (e & (f ^ g))) +% constants[index + 8] +% w8;
      d +%= h;
      h +%= ((a <>> 2) ^ (a <>> 13) ^ (a <>> 22)) +% ((a & b) | (c & (a | b)));
      g +%= ((d <>> 6) ^ (d <>> 11) ^ (d <>> 25)) +% (f ^ (d & (e ^ f))) +% constants[index + 9] +% w9;
      c +%= g;
      g +%= ((h <>> 2) ^ (h <>> 13) ^ (h <>> 22)) +% ((h & a) | (b & (h | a)));
      f +%= ((c <>> 6) ^ (c <>> 11) ^ (c <>> 25)) +% (e ^ (c & (d ^ e))) +% constants[index + 10] +% w10;
      b +%= f;
      f +%= ((g <>> 2) ^ (g <>> 13) ^ (g <>> 22)) +% ((g & h) | (a & (g | h)));
      e +%= ((b <>> 6) ^ (b <>> 11) ^ (b <>> 25)) +% (d ^ (b & (c ^ d))) +% constants[index + 11] +% w11;
      a +%= e;
      e +%= ((f <>> 2) ^ (f <>> 13) ^ (f <>> 22)) +% ((f & g) | (h & (f | g)));
      d +%= ((a <>> 6) ^ (a <>> 11) ^ (a <>> 25)) +% (c ^ (a & (b ^ c))) +% constants[index + 12] +% w12;
      h +%= d;
      d +%= ((e <>> 2) ^ (e <>> 13) ^ (e <>> 22)) +% ((e & f) | (g & (e | f)));
      c +%= ((h <>> 6) ^ (h <>> 11) ^ (h <>> 25)) +% (b ^ (h & (a ^ b))) +% constants[index + 13] +% w13;
      g +%= c;
      c +%= ((d <>> 2) ^ (d <>> 13) ^ (d <>> 22)) +% ((d & e) | (f & (d | e)));
      b +%= ((g <>> 6) ^ (g <>> 11) ^ (g <>> 25)) +% (a ^ (g & (h ^ a))) +% constants[index + 14] +% w14;
      f +%= b;
      b +%= ((c <>> 2) ^ (c <>> 13) ^ (c <>> 22)) +% ((c & d) | (e & (c | d)));
      a +%= ((f <>> 6) ^ (f <>> 11) ^ (f <>> 25)) +% (h ^ (f & (g ^ h))) +% constants[index + 15] +% w15;
      e +%= a;
      a +%= ((b <>> 2) ^ (b <>> 13) ^ (b <>> 22)) +% ((b & c) | (d & (b | c)));
      index += 16;
      if (index == 64) break rounds;
      w0 +%= ((w1 <>> 7) ^ (w1 <>> 18) ^ (w1 >> 3)) +% w9 +% ((w14 <>> 17) ^ (w14 <>> 19) ^ (w14 >> 10));
      w1 +%= ((w2 <>> 7) ^ (w2 <>> 18) ^ (w2 >> 3)) +% w10 +% ((w15 <>> 17) ^ (w15 <>> 19) ^ (w15 >> 10));
      w2 +%= ((w3 <>> 7) ^ (w3 <>> 18) ^ (w3 >> 3)) +% w11 +% ((w0 <>> 17) ^ (w0 <>> 19) ^ (w0 >> 10));
      w3 +%= ((w4 <>> 7) ^ (w4 <>> 18) ^ (w4 >> 3)) +% w12 +% ((w1 <>> 17) ^ (w1 <>> 19) ^ (w1 >> 10));
      w4 +%= ((w5 <>> 7) ^ (w5 <>> 18) ^ (w5 >> 3)) +% w13 +% ((w2 <>> 17) ^ (w2 <>> 19) ^ (w2 >> 10));
      w5 +%= ((w6 <>> 7) ^ (w6 <>> 18) ^ (w6 >> 3)) +% w14 +% ((w3 <>> 17) ^ (w3 <>> 19) ^ (w3 >> 10));
      w6 +%= ((w7 <>> 7) ^ (w7 <>> 18) ^ (w7 >> 3)) +% w15 +% ((w4 <>> 17) ^ (w4 <>> 19) ^ (w4 >> 10));
      w7 +%= ((w8 <>> 7) ^ (w8 <>> 18) ^ (w8 >> 3)) +% w0 +% ((w5 <>> 17) ^ (w5 <>> 19) ^ (w5 >> 10));
      w8 +%= ((w9 <>> 7) ^ (w9 <>> 18) ^ (w9 >> 3)) +% w1 +% ((w6 <>> 17) ^ (w6 <>> 19) ^ (w6 >> 10));
      w9 +%= ((w10 <>> 7) ^ (w10 <>> 18) ^ (w10 >> 3)) +% w2 +% ((w7 <>> 17) ^ (w7 <>> 19) ^ (w7 >> 10));
      w10 +%= ((w11 <>> 7) ^ (w11 <>> 18) ^ (w11 >> 3)) +% w3 +% ((w8 <>> 17) ^ (w8 <>> 19) ^ (w8 >> 10));
      w11 +%= ((w12 <>> 7) ^ (w12 <>> 18) ^ (w12 >> 3)) +% w4 +% ((w9 <>> 17) ^ (w9 <>> 19) ^ (w9 >> 10));
      w12 +%= ((w13 <>> 7) ^ (w13 <>> 18) ^ (w13 >> 3)) +% w5 +% ((w10 <>> 17) ^ (w10 <>> 19) ^ (w10 >> 10));
      w13 +%= ((w14 <>> 7) ^ (w14 <>> 18) ^ (w14 >> 3)) +% w6 +% ((w11 <>> 17) ^ (w11 <>> 19) ^ (w11 >> 10));
      w14 +%= ((w15 <>> 7) ^ (w15 <>> 18) ^ (w15 >> 3)) +% w7 +% ((w12 <>> 17) ^ (w12 <>> 19) ^ (w12 >> 10));
      w15 +%= ((w0 <>> 7) ^ (w0 <>> 18) ^ (w0 >> 3)) +% w8 +% ((w13 <>> 17) ^ (w13 <>> 19) ^ (w13 >> 10));
    };
    hash[0] +%= a; hash[1] +%= b; hash[2] +%= c; hash[3] +%= d;
    hash[4] +%= e; hash[5] +%= f; hash[6] +%= g; hash[7] +%= h
  };

  public func nothing() : async () {};

  public func take(rows : [Row]) : async Nat { rows.size() };

  public func fill(rows : [Row]) : async () { kept := rows };

  public query func give() : async [Row] { kept };
};
