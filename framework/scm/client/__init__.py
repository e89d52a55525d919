"""Canisters over a network: identities, agents, handles, deployment and upgrades in flight."""
