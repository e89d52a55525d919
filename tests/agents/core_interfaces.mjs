// The interfaces that `agent_core.mjs` speaks, as @icp-sdk/core describes them.

export const desk = ({ IDL }) => {
  const Place = IDL.Variant({
    standing: IDL.Null,
    moved: IDL.Record({ to: IDL.Text }),
  });
  const Note = IDL.Record({
    about: IDL.Text,
    writer: IDL.Principal,
    seal: IDL.Vec(IDL.Nat8),
    balance: IDL.Int,
    places: IDL.Vec(Place),
    remark: IDL.Opt(IDL.Text),
  });
  return IDL.Service({
    add: IDL.Func([IDL.Nat], [IDL.Nat], []),
    ask: IDL.Func([], [IDL.Principal], []),
    clear: IDL.Func([], [], []),
    deny: IDL.Func([IDL.Text], [IDL.Nat], ['query']),
    echo: IDL.Func([Note], [Note], []),
    fail: IDL.Func([IDL.Text], [IDL.Nat], []),
    look: IDL.Func([Note], [Note], ['query']),
    missing: IDL.Func([], [], []),
    missing_query: IDL.Func([], [], ['query']),
    name: IDL.Func([], [IDL.Text], ['query']),
    refuse: IDL.Func([IDL.Text], [IDL.Nat], []),
    stumble: IDL.Func([IDL.Text], [IDL.Nat], ['query']),
    total: IDL.Func([], [IDL.Nat], ['query']),
    who: IDL.Func([], [IDL.Principal], ['query']),
    whoami: IDL.Func([], [IDL.Principal], []),
  });
};

export const management = ({ IDL }) => {
  const Settings = IDL.Record({ controllers: IDL.Opt(IDL.Vec(IDL.Principal)) });
  const Mode = IDL.Variant({ install: IDL.Null, reinstall: IDL.Null });
  const ChunkHash = IDL.Record({ hash: IDL.Vec(IDL.Nat8) });
  const Target = IDL.Record({ canister_id: IDL.Principal });
  const Status = IDL.Record({
    status: IDL.Variant({ running: IDL.Null, stopping: IDL.Null, stopped: IDL.Null }),
    module_hash: IDL.Opt(IDL.Vec(IDL.Nat8)),
    settings: IDL.Record({ controllers: IDL.Vec(IDL.Principal) }),
    cycles: IDL.Nat,
  });
  return IDL.Service({
    provisional_create_canister_with_cycles: IDL.Func(
      [IDL.Record({ amount: IDL.Opt(IDL.Nat), settings: IDL.Opt(Settings) })],
      [Target],
      [],
    ),
    install_code: IDL.Func(
      [
        IDL.Record({
          mode: Mode,
          canister_id: IDL.Principal,
          wasm_module: IDL.Vec(IDL.Nat8),
          arg: IDL.Vec(IDL.Nat8),
        }),
      ],
      [],
      [],
    ),
    upload_chunk: IDL.Func(
      [IDL.Record({ canister_id: IDL.Principal, chunk: IDL.Vec(IDL.Nat8) })],
      [ChunkHash],
      [],
    ),
    install_chunked_code: IDL.Func(
      [
        IDL.Record({
          mode: Mode,
          target_canister: IDL.Principal,
          chunk_hashes_list: IDL.Vec(ChunkHash),
          wasm_module_hash: IDL.Vec(IDL.Nat8),
          arg: IDL.Vec(IDL.Nat8),
        }),
      ],
      [],
      [],
    ),
    canister_status: IDL.Func([Target], [Status], ['query']),
  });
};
