"""A small, faithful Internet Computer in this process; `replica.py` is what tests hold.

Canisters, ingress and queries, composite queries, call contexts, inter-canister calls with
guaranteed and best-effort responses, traps and cleanup, install modes, stop and start, cycles,
stable memory, timers, logs, inspection, certificates, the management canister; exact instruction
counts if asked for; forks, checkpoints, files of the whole state.

One subnet, without consensus.  Heartbeats run when the test asks for them.  What else is missing is
in docs/reference/testing.md, and refused by name.
"""
