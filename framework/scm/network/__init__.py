"""The embedded replica as a network on this machine, which agents reach over HTTP.

`server.py` is what a command or a test starts; see `docs/reference/network.md`.
"""
