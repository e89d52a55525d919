"""Where identities are kept: scm's own folder, and those of dfx and icp-cli.

The one place of the client that asks for environment variables and for the home folder.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

IDENTITY_VARIABLE: Final = "SCM_IDENTITY"


def chosen_identity() -> str:
    """What `SCM_IDENTITY` names, or an empty text."""
    return os.environ.get(IDENTITY_VARIABLE, "")


def identity_folder() -> Path:
    """scm's identities: `scm/identity` in `XDG_CONFIG_HOME`, else in `~/.config`."""
    return _base("XDG_CONFIG_HOME", ".config") / "scm" / "identity"


def dfx_identity_folder() -> Path:
    """dfx's identities, a folder for each; dfx reads `DFX_CONFIG_ROOT` instead of the home."""
    root = os.environ.get("DFX_CONFIG_ROOT")
    return (Path(root) if root else Path.home()) / ".config" / "dfx" / "identity"


def icp_cli_identity_folder() -> Path:
    """icp-cli's identities: a list, and `keys/NAME.pem` for those that are in files."""
    own = os.environ.get("ICP_HOME")
    if own:
        return Path(own) / "identity"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "org.dfinity.icp-cli" / "identity"
    return _base("XDG_DATA_HOME", ".local/share") / "icp-cli" / "identity"


def _base(variable: str, below_home: str) -> Path:
    # XDG Base Directory Specification: a path that is not absolute counts as none.
    path = Path(os.environ.get(variable, ""))
    return path if path.is_absolute() else Path.home() / below_home
