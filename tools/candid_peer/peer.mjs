// The other side of tools/candid_oracle.py: answers a line of JSON for each case that it reads.
//
// node peer.mjs dfinity|icp-sdk
//
// Types are ["nat"], ["opt", t], ["vec", t], ["record" or "variant", [[label, t], ...]],
// ["func", arguments, results, annotations], ["service", [[name, t], ...]], ["ref", name].
// Values are neutral JSON: integers as decimal text, floats, blobs and principals as hex, opts as
// lists, records as lists in the order of their type, variants as [index, value].

import { createInterface } from 'node:readline';

const PACKAGES = {
  dfinity: ['@dfinity/candid', '@dfinity/principal'],
  'icp-sdk': ['@icp-sdk/core/candid', '@icp-sdk/core/principal'],
};
const [candid, principal] = await Promise.all(PACKAGES[process.argv[2]].map((name) => import(name)));
const { IDL } = candid;
const { Principal } = principal;

const INTEGERS = { nat: 0, int: 0, nat8: 8, nat16: 16, nat32: 32, nat64: 64 };
Object.assign(INTEGERS, { int8: 8, int16: 16, int32: 32, int64: 64 });
const FLOATS = { float32: 4, float64: 8 };

function keyOf(label) {
  return typeof label === 'number' ? `_${label}_` : label;
}

function isTuple(fields) {
  return fields.length > 0 && fields.every(([label], index) => label === index);
}

// Named types become `IDL.Rec` only where they contain themselves, as in generated bindings.
class Types {
  constructor(definitions) {
    this.definitions = definitions;
    this.done = new Map();
    this.open = new Map();
  }

  resolve(type) {
    return type[0] === 'ref' ? this.resolve(this.definitions[type[1]]) : type;
  }

  build(type) {
    const [kind, inner] = type;
    switch (kind) {
      case 'ref':
        return this.named(inner);
      case 'opt':
        return IDL.Opt(this.build(inner));
      case 'vec':
        return IDL.Vec(this.build(inner));
      case 'record':
        if (isTuple(inner)) return IDL.Tuple(...inner.map(([, part]) => this.build(part)));
        return IDL.Record(this.fields(inner));
      case 'variant':
        return IDL.Variant(this.fields(inner));
      case 'func': {
        const [args, results] = [type[1], type[2]].map((list) => list.map((t) => this.build(t)));
        return IDL.Func(args, results, type[3]);
      }
      case 'service':
        return IDL.Service(Object.fromEntries(inner.map(([name, t]) => [name, this.build(t)])));
      default:
        return IDL[kind[0].toUpperCase() + kind.slice(1)];
    }
  }

  fields(fields) {
    return Object.fromEntries(fields.map(([label, t]) => [keyOf(label), this.build(t)]));
  }

  named(name) {
    if (this.done.has(name)) return this.done.get(name);
    if (this.open.has(name)) {
      const knot = this.open.get(name) ?? IDL.Rec();
      this.open.set(name, knot);
      return knot;
    }
    this.open.set(name, null);
    let type = this.build(this.definitions[name]);
    const knot = this.open.get(name);
    this.open.delete(name);
    if (knot) {
      knot.fill(type);
      type = knot;
    }
    this.done.set(name, type);
    return type;
  }

  // Neutral value -> what the library encodes.
  enter(value, type) {
    const [kind, inner] = this.resolve(type);
    if (kind in INTEGERS) return BigInt(value);
    if (kind in FLOATS) return readFloat(value, FLOATS[kind]);
    switch (kind) {
      case 'opt':
        return value.map((item) => this.enter(item, inner));
      case 'vec':
        return typeof value === 'string' ? fromHex(value) : value.map((v) => this.enter(v, inner));
      case 'record': {
        const parts = inner.map(([, t], index) => this.enter(value[index], t));
        if (isTuple(inner)) return parts;
        return Object.fromEntries(inner.map(([label], index) => [keyOf(label), parts[index]]));
      }
      case 'variant': {
        const [label, t] = inner[value[0]];
        return { [keyOf(label)]: this.enter(value[1], t) };
      }
      case 'func':
        return [toPrincipal(value[0]), value[1]];
      case 'service':
      case 'principal':
        return toPrincipal(value);
      default:
        return value;
    }
  }

  // What the library decoded -> neutral value.
  leave(value, type) {
    const [kind, inner] = this.resolve(type);
    if (kind in INTEGERS) return value.toString();
    if (kind in FLOATS) return writeFloat(value, FLOATS[kind]);
    switch (kind) {
      case 'opt':
        return value.map((item) => this.leave(item, inner));
      case 'vec':
        if (this.resolve(inner)[0] === 'nat8') return toHex(value);
        return Array.from(value, (item) => this.leave(item, inner));
      case 'record':
        return inner.map(([label, t], index) =>
          this.leave(isTuple(inner) ? value[index] : value[keyOf(label)], t),
        );
      case 'variant': {
        const [key] = Object.keys(value);
        const index = inner.findIndex(([label]) => keyOf(label) === key);
        return [index, this.leave(value[key], inner[index][1])];
      }
      case 'func':
        return [toHex(value[0].toUint8Array()), value[1]];
      case 'service':
      case 'principal':
        return toHex(value.toUint8Array());
      default:
        return value;
    }
  }
}

function fromHex(text) {
  return new Uint8Array(Buffer.from(text, 'hex'));
}

function toHex(bytes) {
  return Buffer.from(bytes).toString('hex');
}

function toPrincipal(text) {
  return Principal.fromUint8Array(fromHex(text));
}

function readFloat(text, width) {
  const buffer = Buffer.from(text, 'hex');
  return width === 4 ? buffer.readFloatLE() : buffer.readDoubleLE();
}

function writeFloat(number, width) {
  const buffer = Buffer.alloc(width);
  if (width === 4) buffer.writeFloatLE(number);
  else buffer.writeDoubleLE(number);
  return buffer.toString('hex');
}

// The library's word for a value or for a failure; what fails here is data, too.
function attempt(action) {
  try {
    return { value: action() };
  } catch (error) {
    return { error: String(error.message).split('\n')[0].slice(0, 200) };
  }
}

function decode(types, descriptions, message) {
  const built = descriptions.map((t) => types.build(t));
  return IDL.decode(built, message).map((value, index) => types.leave(value, descriptions[index]));
}

function answer(item) {
  const types = new Types(item.names);
  const message = fromHex(item.message);
  const entered = () => item.values.map((value, index) => types.enter(value, item.types[index]));
  const built = () => item.types.map((type) => types.build(type));
  return {
    encoded: attempt(() => toHex(IDL.encode(built(), entered()))),
    decoded: attempt(() => decode(types, item.types, message)),
    coerced: attempt(() => decode(types, item.supertypes, message)),
    text: attempt(() => IDL.FuncClass.argsToString(built(), entered())),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(answer(JSON.parse(line))) + '\n');
}
