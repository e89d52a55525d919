"""A small, faithful Internet Computer in this process; `replica.py` is what tests hold.

Modelled: canisters, ingress and queries, composite queries, call contexts, inter-canister calls
with guaranteed and best-effort responses, traps and cleanup, install modes, stop and start,
uninstall, cycles, stable memory, timers, logs, inspection, a part of the management canister.

Left out: fees, freezing and reservations (balances change only by what canisters send, accept and
burn); the platform's instruction weights (fuel counts Wasm instructions, and 40 B of it is the
limit of a message); certificates; snapshots, chunked installs, orthogonal persistence, http and
threshold signing, which are refused by name.  Heartbeats run when the test asks for them.
"""
