"""What agents and the network say to each other: pure functions on bytes, for both ends.

Interface Spec, "HTTPS interface": requests and their ids, signatures, delegations, hash trees and
certificates.  No sockets, no clock.
"""
