"""Private keys as PEM, of each kind that tools write; other libraries check what they say."""

from __future__ import annotations

import base64
import hashlib

import pytest
from coincurve import PrivateKey as CurveKey
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import (
    generate_private_key as generate_rsa_key,
)
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from nacl.signing import SigningKey

from scm.client.identities import KEY_KINDS, KeyIdentity, new_key
from scm.client.pem import PrivateKey, read_key, write_key
from scm.errors import ConfigurationError
from scm.wire.public_keys import read_public_key

SEED = bytes(range(32))
PUBLIC = bytes(SigningKey(SEED).verify_key)
V1 = bytes.fromhex("302e020100300506032b657004220420") + SEED
V2 = bytes.fromhex("3051020101300506032b657004220420") + SEED + bytes.fromhex("812100") + PUBLIC
OLD_V2 = (
    bytes.fromhex("3053020101300506032b657004220420") + SEED + bytes.fromhex("a123032100") + PUBLIC
)


def pem(der: bytes, label: str = "PRIVATE KEY") -> str:
    body = base64.encodebytes(der).decode()
    return f"-----BEGIN {label}-----\n{body}-----END {label}-----\n"


def tlv(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    assert len(content) < 0x100
    return bytes([tag, 0x81, len(content)]) + content


def oid(text: str) -> bytes:
    return tlv(6, bytes.fromhex(text))


def scrypt_encrypted(der: bytes, password: bytes) -> bytes:
    """As icp-cli writes it, with less work: PBES2, scrypt, AES-256-CBC."""
    salt, initial = bytes(16), bytes(range(16))
    key = Scrypt(salt=salt, length=32, n=2, r=8, p=1).derive(password)
    padding = 16 - len(der) % 16
    encryptor = Cipher(AES(key), CBC(initial)).encryptor()
    data = encryptor.update(der + bytes([padding]) * padding) + encryptor.finalize()
    numbers = (tlv(2, bytes([number])) for number in (2, 8, 1, 32))
    scrypt = tlv(0x30, oid("2b06010401da47040b"), tlv(0x30, tlv(4, salt), *numbers))
    cipher = tlv(0x30, oid("60864801650304012a"), tlv(4, initial))
    scheme = tlv(0x30, oid("2a864886f70d01050d"), tlv(0x30, scrypt, cipher))
    return tlv(0x30, scheme, tlv(4, data))


@pytest.mark.parametrize("der", [V1, V2, OLD_V2], ids=["v1", "v2", "old-v2"])
def test_each_form_of_ed25519_is_the_same_key(der: bytes) -> None:
    identity = KeyIdentity(read_key(pem(der), "it"))
    assert identity.kind == "ed25519"
    assert identity.public_key_der == bytes.fromhex("302a300506032b6570032100") + PUBLIC
    assert identity.sign(b"message") == SigningKey(SEED).sign(b"message").signature


@pytest.mark.parametrize("parameters", ["", pem(b"\x06\x05\x2b\x81\x04\x00\x0a", "EC PARAMETERS")])
def test_secp256k1_as_dfx_exports_it(parameters: str) -> None:
    # RFC 5915: version, secret, curve.
    curve = tlv(0xA0, oid("2b8104000a"))
    text = parameters + pem(tlv(0x30, tlv(2, b"\x01"), tlv(4, SEED), curve), "EC PRIVATE KEY")
    identity = KeyIdentity(read_key(text, "it"))
    point = CurveKey(SEED).public_key.format(compressed=False)
    der = bytes.fromhex("3056301006072a8648ce3d020106052b8104000a034200") + point
    assert identity.public_key_der == der
    assert identity.principal.raw == hashlib.sha224(der).digest() + b"\x02"


@pytest.mark.parametrize("kind", KEY_KINDS)
@pytest.mark.parametrize("password", [None, "a pass word"])
def test_a_key_survives_writing_and_its_signatures_hold(kind: str, password: str | None) -> None:
    key = KeyIdentity(new_key(kind))
    text = write_key(key.key, password)
    assert ("ENCRYPTED" in text) == (password is not None)
    again = KeyIdentity(read_key(text, "it", lambda _origin: password or ""))
    assert (again.kind, again.principal) == (kind, key.principal)
    signature = again.sign(b"message")
    assert len(signature) == 64
    assert read_public_key(key.public_key_der).is_signed(b"message", signature)


@pytest.mark.parametrize("der", [V1, V2], ids=["v1", "v2"])
def test_a_key_encrypted_with_scrypt_is_read(der: bytes) -> None:
    text = pem(scrypt_encrypted(der, b"secret"), "ENCRYPTED PRIVATE KEY")
    assert KeyIdentity(read_key(text, "it", lambda _origin: "secret")).sign(b"")
    with pytest.raises(ConfigurationError, match="password of it is wrong"):
        read_key(text, "it", lambda _origin: "wrong")


def pkcs8(key: PrivateKey) -> bytes:
    encryption = BestAvailableEncryption(b"secret")
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, encryption)


def test_without_its_password_an_encrypted_key_is_refused() -> None:
    text = pem(pkcs8(new_key("p256")), "ENCRYPTED PRIVATE KEY")
    with pytest.raises(ConfigurationError, match="it is encrypted") as raised:
        read_key(text, "it")
    assert "--password-file" in raised.value.help


RSA = generate_rsa_key(65537, 2048)
P384 = generate_private_key(SECP384R1())
PLAIN = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nothing", "it has no private key in it"),
        (pem(V1[:-1]), "it has no key that can be read"),
        (pem(V2[:-1] + b"\0"), "it is damaged: its public key belongs to another key"),
        ("-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----", "it is damaged"),
        (RSA.private_bytes(*PLAIN).decode(), "it has a key of RSA, which"),
        (P384.private_bytes(*PLAIN).decode(), "it has a key on the curve secp384r1, which"),
        (pem(b"\x30\x00", "ENCRYPTED PRIVATE KEY"), "it is damaged"),
        (
            "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAA==\n"
            "-----END EC PRIVATE KEY-----",
            "it is encrypted in the way of old OpenSSL",
        ),
    ],
)
def test_what_is_no_key_is_said_so(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read_key(text, "it", lambda _origin: "secret")


def test_damage_anywhere_in_an_encrypted_key_is_an_error_of_ours() -> None:
    der = pkcs8(generate_private_key(SECP256R1()))
    for position in range(0, len(der), 3):
        damaged = der[:position] + bytes([der[position] ^ 0x55]) + der[position + 1 :]
        if position < 90:  # The structure; what follows is the key, which may be anything.
            with pytest.raises(ConfigurationError):
                read_key(pem(damaged, "ENCRYPTED PRIVATE KEY"), "it", lambda _origin: "secret")


def test_no_representation_shows_a_key() -> None:
    identity = KeyIdentity(read_key(pem(V1), "it"))
    assert SEED.hex() not in repr(identity)
    assert "key" not in repr(identity).lower().replace("keyidentity", "")


def test_key_that_scm_encrypts_is_hard_to_guess_and_others_read_it() -> None:
    key = Ed25519PrivateKey.generate()
    text = write_key(key, "secret")
    assert (
        b"\x2b\x06\x01\x04\x01\xda\x47\x04\x0b"
        in base64.b64decode(  # RFC 7914, id-scrypt.
            "".join(text.splitlines()[1:-1])
        )
    )
    found = load_pem_private_key(text.encode(), b"secret")
    assert isinstance(found, Ed25519PrivateKey)
    assert found.private_bytes_raw() == key.private_bytes_raw()
    again = read_key(text, "it", lambda origin: "secret")
    assert isinstance(again, Ed25519PrivateKey)
    assert again.private_bytes_raw() == key.private_bytes_raw()
