"""Candid types, values, subtyping, interfaces.  Pure; what a canister needs of it runs there."""
