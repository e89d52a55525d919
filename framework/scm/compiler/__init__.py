"""A project in, a canister module out.  Never imports the replica: they meet as Wasm bytes."""
