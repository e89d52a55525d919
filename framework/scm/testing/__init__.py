"""What tests of canisters import: a pytest plugin, builds, canister handles."""
