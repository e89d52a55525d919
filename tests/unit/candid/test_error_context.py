"""An error of the codec stands alone: that the fast way gave up first is nobody's business."""

from __future__ import annotations

import pytest

from scm.candid.codec import Codec
from scm.candid.encode import encode
from scm.candid.errors import DecodeError, EncodeError
from scm.candid.types import NAT, TEXT


@pytest.mark.parametrize("value", ["x", -1, None])
def test_encode_error_has_no_context(value: object) -> None:
    codec = Codec([NAT])
    for attempt in (lambda: codec.encode([value]), lambda: encode([NAT], [value])):
        with pytest.raises(EncodeError) as caught:
            attempt()
        assert caught.value.__context__ is None


def test_decode_error_has_no_context() -> None:
    with pytest.raises(DecodeError) as caught:
        Codec([TEXT]).decode(b"DIDL\x00\x01\x7d\x01")
    assert caught.value.__context__ is None


def test_the_middle_of_a_long_path_is_not_shown() -> None:
    path = "arg0" + ".name" * 100
    shown = str(EncodeError(path, "wrong"))
    assert EncodeError(path, "wrong").path == path
    assert shown.startswith("wrong at `arg0.name.name")
    assert "..." in shown
    assert shown.endswith(".name.name`")
    assert len(shown) < 260
    assert len(str(DecodeError(1, path, "wrong"))) < 270
