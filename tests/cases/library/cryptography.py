"""Cryptography."""


def hashlib():
    import hashlib

    names = (
        "md5",
        "sha1",
        "sha224",
        "sha256",
        "sha384",
        "sha512",
        "sha3_256",
        "blake2b",
        "blake2s",
    )
    digests = [hashlib.new(name, b"abc").hexdigest()[:16] for name in names]
    key = hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 10).hex()
    return f"{digests} {hashlib.shake_128(b'a').hexdigest(8)} {key}"


def hmac():
    import hmac

    made = hmac.new(b"key", b"message", "sha256")
    return repr(
        [made.hexdigest(), hmac.compare_digest("a", "a"), hmac.digest(b"k", b"m", "sha1").hex()]
    )


def secrets():
    """nothing in it is secret: anyone can compute the same; take `raw_rand` of the management
    canister"""
    import secrets

    return repr(
        [
            len(secrets.token_bytes(8)),
            len(secrets.token_hex(4)),
            secrets.compare_digest("a", "b"),
            secrets.choice([1]),
        ]
    )


def crypt():
    """the salts that it makes can be foretold"""
    import crypt

    return f"{crypt.crypt('word', '$6$saltsalt')} {crypt.METHOD_SHA512}"


def uuid():
    """`uuid1` and `uuid4` can be foretold, and are the same in every canister"""
    import uuid

    one = uuid.uuid5(uuid.NAMESPACE_DNS, "example.org")
    return repr(
        [one, uuid.uuid3(uuid.NAMESPACE_URL, "x"), uuid.UUID(int=5).hex, uuid.uuid4().version]
    )
