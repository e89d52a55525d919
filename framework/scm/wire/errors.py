"""What may be wrong with what the other end has sent."""

from __future__ import annotations

from scm.errors import ScmError


class WireError(ScmError):
    """Base of what is wrong with a message of the other end; the text says what."""


class MalformedError(WireError):
    """The bytes are not what the Interface Spec says they should be."""


class AuthenticationError(WireError):
    """A signature, a key or a delegation does not prove who has sent a request."""


class CertificateError(WireError):
    """A certificate does not prove anything."""
