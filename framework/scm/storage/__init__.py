"""Reading and checking the stable memory of a canister on the host.

Written from docs/decisions/0016-durable-collections.md alone, it shares nothing with the engine in
the canister, so each tells whether the other follows the format.  Pure: an image of stable memory
goes in, values and problems come out.
"""
