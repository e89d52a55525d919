"""Typed Python clients from `.did` files: what `scm bind` writes."""
