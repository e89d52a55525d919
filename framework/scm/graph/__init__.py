"""The state machine of a canister as a graph, and its drawings."""
