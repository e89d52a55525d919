// What @icp-sdk/core finds on a local network.  Arguments: the network's URL, the module of
// `canister/` (gzip), a small module, and the id of no canister.
//
// Prints a line of JSON for each check.  Agents are made as for a local project of dfx: with the
// root key fetched, and all else as it is by default, so certificates and the signatures of
// queries are verified.  Where a refusal is what is looked for, they don't try again.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';

import { Actor, AgentError, CanisterStatus, Expiry, HttpAgent, SubnetStatus } from '@icp-sdk/core/agent';
import { StatePaths, fetchCandid } from '@icp-sdk/core/agent';
import { IDL } from '@icp-sdk/core/candid';
import {
  DelegationChain,
  DelegationIdentity,
  ECDSAKeyIdentity,
  Ed25519KeyIdentity,
} from '@icp-sdk/core/identity';
import { Secp256k1KeyIdentity } from '@icp-sdk/core/identity/secp256k1';
import { Principal } from '@icp-sdk/core/principal';

import * as interfaces from './core_interfaces.mjs';

const [url, modulePath, smallModulePath, unknownText] = process.argv.slice(2);
const CHUNK_BYTES = 1024 * 1024;
const MANAGEMENT = Principal.managementCanister();
const unknown = Principal.fromText(unknownText);

const owner = Ed25519KeyIdentity.fromSecretKey(new Uint8Array(32).fill(1));
const other = Secp256k1KeyIdentity.fromSecretKey(new Uint8Array(32).fill(2));
const session = Ed25519KeyIdentity.fromSecretKey(new Uint8Array(32).fill(3));
const middle = Secp256k1KeyIdentity.fromSecretKey(new Uint8Array(32).fill(4));

// The report.

const replies = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function tell(event) {
  console.log(JSON.stringify({ event }));
  await replies.next();
}

async function check(name, action) {
  let found;
  try {
    found = { value: await action() };
  } catch (error) {
    found = { crash: String(error?.stack ?? error) };
  }
  console.log(JSON.stringify({ check: name, ...found }, plain));
}

function plain(_key, value) {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint8Array) return hex(value);
  return value;
}

const hex = bytes => Buffer.from(bytes).toString('hex');
const sha256 = bytes => new Uint8Array(createHash('sha256').update(bytes).digest());

// What an action that must fail was told.
async function refusal(action) {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    const code = error.cause.code;
    switch (code.name) {
      case 'CertifiedRejectErrorCode':
      case 'UncertifiedRejectErrorCode':
      case 'UncertifiedRejectUpdateErrorCode':
        return {
          code: code.rejectCode,
          message: code.rejectMessage,
          error_code: code.rejectErrorCode,
          is_certified: code.isCertified,
        };
      case 'HttpErrorCode':
        return { http: code.status, text: code.bodyText };
      case 'IngressExpiryInvalidErrorCode':
        return { http: 400, text: code.message };
      default:
        return { agent: code.name };
    }
  }
  throw new Error('it was not refused');
}

// Agents and actors.

const local = (options = {}) =>
  HttpAgent.create({ host: url, shouldFetchRootKey: true, identity: owner, ...options });
const once = options => local({ retryTimes: 0, ...options });
const actor = (agent, canisterId, options = {}) =>
  Actor.createActor(interfaces.desk, { agent, canisterId, ...options });
const manage = (agent, effectiveCanisterId) =>
  Actor.createActor(interfaces.management, {
    agent,
    canisterId: MANAGEMENT,
    effectiveCanisterId,
  });

const expiryIn = milliseconds =>
  Expiry.fromJSON(JSON.stringify({ __expiry__: `${Date.now() + milliseconds}000000` }));

const agent = await local();
const strict = await once();
let canisterId;
let desk;

// A canister.

await check('status', async () => {
  const { replica_health_status } = await agent.status();
  const fetched = await HttpAgent.createSync({ host: url }).fetchRootKey();
  return { root_key: fetched, health: replica_health_status };
});

await check('create', async () => {
  const made = await manage(agent, MANAGEMENT).provisional_create_canister_with_cycles({
    amount: [5_000_000_000_000n],
    settings: [],
  });
  canisterId = made.canister_id;
  desk = actor(agent, canisterId);
  return canisterId.toText();
});

await check('install_code', async () => {
  await manage(agent, canisterId).install_code({
    mode: { install: null },
    canister_id: canisterId,
    wasm_module: await readFile(smallModulePath),
    arg: new Uint8Array(),
  });
  const status = await CanisterStatus.request({ canisterId, agent, paths: ['module_hash'] });
  return status.get('module_hash');
});

await check('install_chunked_code', async () => {
  const module = await readFile(modulePath);
  const hashes = [];
  for (let start = 0; start < module.length; start += CHUNK_BYTES) {
    const chunk = module.subarray(start, start + CHUNK_BYTES);
    hashes.push(await manage(agent, canisterId).upload_chunk({ canister_id: canisterId, chunk }));
  }
  await manage(agent, canisterId).install_chunked_code({
    mode: { reinstall: null },
    target_canister: canisterId,
    chunk_hashes_list: hashes,
    wasm_module_hash: sha256(module),
    arg: IDL.encode([IDL.Text], ['Agnes']),
  });
  return hashes.map(({ hash }) => hex(hash));
});

await check('canister_status', async () => {
  // As a query, whose answer is signed by the node, for the subnet of the canister it is about.
  const status = await manage(agent, canisterId).canister_status({ canister_id: canisterId });
  return {
    status: Object.keys(status.status),
    module_hash: status.module_hash,
    controllers: status.settings.controllers.map(String),
    has_cycles: status.cycles > 0n,
  };
});

// Calls.

await check('update', async () => [await desk.add(5n), await desk.add(7n)]);
await check('query', async () => [await desk.total(), await desk.name()]);

const note = {
  about: 'Tür €𝄞',
  writer: owner.getPrincipal(),
  seal: new Uint8Array([0, 255, 128]),
  balance: -(2n ** 40n),
  places: [{ standing: null }, { moved: { to: 'Zürich' } }],
  remark: [],
};
const shown = value => ({
  ...value,
  writer: value.writer.toText(),
  seal: hex(value.seal),
});
await check('candid_update', async () => shown(await desk.echo(note)));
await check('candid_query', async () => shown(await desk.look({ ...note, remark: ['seen'] })));

await check('parallel', async () => {
  const totals = await Promise.all(Array.from({ length: 20 }, (_, i) => desk.add(BigInt(i + 21))));
  return { answers: new Set(totals).size, total: Math.max(...totals.map(Number)) };
});

await check('replayed', async () => {
  // The same call, to the bit, is made once and answered twice.
  const twice = await local();
  const ingress_expiry = expiryIn(120_000);
  twice.addTransform('update', async request => ({
    ...request,
    body: { ...request.body, ingress_expiry, nonce: new Uint8Array(16) },
  }));
  const again = actor(twice, canisterId);
  return [await again.add(100n), await again.add(100n)];
});

await check('asynchronous', async () => {
  // By version 2 of the interface: 202 at once, then the status is read until there is an answer.
  const { reply, callResponse } = await agent.update(canisterId, {
    methodName: 'whoami',
    arg: IDL.encode([], []),
    callSync: false,
  });
  return [callResponse.status, IDL.decode([IDL.Principal], reply)[0].toText()];
});

await check('held', async () => {
  await tell('hold');
  let wasProcessing = false;
  const watch = async (_target, _requestId, status) => {
    if (status === 'processing' && !wasProcessing) {
      wasProcessing = true;
      await tell('release');
    }
  };
  const { reply, callResponse } = await agent.update(
    canisterId,
    { methodName: 'ask', arg: IDL.encode([], []) },
    { strategy: watch },
  );
  return {
    http: callResponse.status,
    was_processing: wasProcessing,
    answer: IDL.decode([IDL.Principal], reply)[0].toText(),
    self: canisterId.toText(),
  };
});

// Refusals by the canister and by the network.

await check('reject', () => refusal(() => desk.refuse('not today')));
await check('query_reject', () => refusal(() => desk.deny('not here')));
await check('trap', async () => ({
  ...(await refusal(() => desk.fail('a broken pencil'))),
  total: await desk.total(),
}));
await check('query_trap', () => refusal(() => desk.stumble('a loose stair')));
await check('unknown_method', () => refusal(() => desk.missing()));
await check('query_unknown_method', () => refusal(() => desk.missing_query()));
await check('unknown_canister', () => refusal(() => actor(strict, unknown).add(1n)));
await check('query_unknown_canister', () => refusal(() => actor(strict, unknown).total()));

// Requests of ten minutes ago.
async function aging() {
  const age = async request => ({
    ...request,
    body: { ...request.body, ingress_expiry: expiryIn(-600_000) },
  });
  const aged = await once();
  aged.addTransform('update', age);
  aged.addTransform('query', age);
  return aged;
}

await check('expired_call', async () => {
  const aged = actor(await aging(), canisterId);
  return refusal(() => aged.add(1n));
});
await check('expired_query', async () => {
  const aged = actor(await aging(), canisterId);
  return refusal(() => aged.total());
});
await check('expired_read_state', async () => {
  const aged = await aging();
  return refusal(() => aged.readState({ canisterId }, { paths: [StatePaths.time] }));
});

await check('clock', async () => {
  // An agent whose clock is 20 minutes slow learns the time from the network, by the text of the
  // refusal, and tries again.
  const RealDate = Date;
  globalThis.Date = class extends RealDate {
    constructor(...parts) {
      super(...(parts.length === 0 ? [Date.now()] : parts));
    }
    static now() {
      return RealDate.now() - 1_200_000;
    }
  };
  try {
    const slow = await local();
    const answer = await actor(slow, canisterId).whoami();
    return [slow.hasSyncedTime(), answer.toText()];
  } finally {
    globalThis.Date = RealDate;
  }
});

// Certified state.

await check('read_state', async () => {
  const paths = [
    StatePaths.canisterModuleHash(canisterId),
    StatePaths.canisterControllers(canisterId),
    StatePaths.canisterMetadataString(canisterId, 'candid:args'),
    StatePaths.canisterMetadataString(canisterId, 'nothing'),
  ];
  const { values } = await agent.readState({ canisterId }, { paths });
  const [hash, controllers, args, nothing] = paths.map(path => values.get(path));
  return { module_hash: hash, controllers: controllers.map(String), args, nothing };
});

await check('interface', () => fetchCandid(canisterId.toText(), agent));

await check('read_unknown_canister', async () => {
  const path = StatePaths.canisterModuleHash(unknown);
  const { values } = await agent.readState({ canisterId: unknown }, { paths: [path] });
  return values.get(path);
});

await check('subnet', async () => {
  const subnetId = Principal.selfAuthenticating(agent.rootKey);
  const status = await SubnetStatus.request({
    subnetId,
    agent,
    paths: ['canisterRanges', 'publicKey', 'nodeKeys', 'time'],
  });
  return {
    subnet: subnetId.toText(),
    public_key: status.get('publicKey'),
    node_keys: [...status.get('nodeKeys').values()],
    ranges: status.get('canisterRanges').length,
  };
});

await check('status_of_others', async () => {
  const { requestId } = await agent.call(canisterId, {
    methodName: 'whoami',
    arg: IDL.encode([], []),
  });
  const stranger = await once({ identity: other });
  const path = [Buffer.from('request_status'), requestId];
  return refusal(() => stranger.readState({ canisterId }, { paths: [path] }));
});

// Identities.

async function seenAs(identity) {
  const caller = actor(await local({ identity }), canisterId);
  const self = identity === undefined ? 'anonymous' : identity.getPrincipal().toText();
  return { self, update: (await caller.whoami()).toText(), query: (await caller.who()).toText() };
}

await check('ed25519', () => seenAs(owner));
await check('secp256k1', () => seenAs(other));
await check('p256', async () => seenAs(await ECDSAKeyIdentity.generate()));
await check('anonymous', async () => {
  const caller = actor(await HttpAgent.create({ host: url, shouldFetchRootKey: true }), canisterId);
  return [(await caller.whoami()).toText(), (await caller.who()).toText()];
});

await check('controllers_only', async () => {
  const stranger = actor(await local({ identity: other }), canisterId);
  const refused = await refusal(() => stranger.clear());
  await desk.clear();
  return { refused, total: await desk.total() };
});

// Delegations.

const inMinutes = minutes => new Date(Date.now() + minutes * 60_000);

function delegated(chain, key = session) {
  return once({ identity: DelegationIdentity.fromDelegation(key, chain) });
}

async function callers(chain) {
  const caller = actor(await delegated(chain), canisterId);
  return [(await caller.whoami()).toText(), (await caller.who()).toText()];
}

async function refusedCallers(chain, key = session) {
  const caller = actor(await delegated(chain, key), canisterId);
  return [await refusal(() => caller.whoami()), await refusal(() => caller.who())];
}

const delegate = (expiration = inMinutes(10), options = {}) =>
  DelegationChain.create(other, session.getPublicKey(), expiration, options);

await check('delegation', async () => callers(await delegate()));

await check('delegation_chain', async () => {
  const first = await DelegationChain.create(other, middle.getPublicKey(), inMinutes(10));
  const second = await DelegationChain.create(middle, session.getPublicKey(), inMinutes(5), {
    previous: first,
  });
  // As it comes back from a browser's storage.
  return callers(DelegationChain.fromJSON(JSON.stringify(second.toJSON())));
});

await check('delegation_targets', async () =>
  callers(await delegate(inMinutes(10), { targets: [unknown, canisterId] })),
);
await check('delegation_for_others', async () =>
  refusedCallers(await delegate(inMinutes(10), { targets: [unknown] })),
);
await check('delegation_expired', async () => refusedCallers(await delegate(inMinutes(-1))));
await check('delegation_forged', async () => refusedCallers(await delegate(), middle));

await check('delegation_for_queries', async () => {
  const chain = await delegate(inMinutes(10), { permissions: 'queries' });
  const caller = actor(await delegated(chain), canisterId);
  return [await refusal(() => caller.whoami()), (await caller.who()).toText()];
});

await check('delegation_polls', async () => {
  // The answer is read by the delegation, too.
  const caller = await delegated(await delegate(inMinutes(10), { targets: [canisterId] }));
  const { reply } = await caller.update(canisterId, {
    methodName: 'whoami',
    arg: IDL.encode([], []),
    callSync: false,
  });
  return IDL.decode([IDL.Principal], reply)[0].toText();
});

// That the agent does verify.

await check('foreign_root_key', async () => {
  // Without a root key, it takes that of the Internet Computer.
  const trusting = actor(await HttpAgent.create({ host: url, retryTimes: 0 }), canisterId);
  return [await refusal(() => trusting.whoami()), await refusal(() => trusting.who())];
});

// An agent that gets answers with the last bit of each match turned.
function tampering(pattern) {
  return once({
    fetch: async (address, options) => {
      const response = await fetch(address, options);
      const body = Buffer.from(await response.arrayBuffer());
      const start = body.indexOf(pattern);
      if (start >= 0) body[start + pattern.length] ^= 1;
      return new Response(body, { status: response.status, headers: response.headers });
    },
  });
}

await check('forged_reply', async () => {
  // The count in the reply, which is the last byte of the message.
  const forged = actor(await tampering(Buffer.from('DIDL\x00\x01\x7d')), canisterId);
  return refusal(() => forged.add(0n));
});
await check('forged_query', async () => {
  const forged = actor(await tampering(Buffer.from('DIDL\x00\x01\x7d')), canisterId);
  return refusal(() => forged.total());
});
process.stdin.destroy();
