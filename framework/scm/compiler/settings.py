"""What a project's `pyproject.toml` says under `[tool.scm]`.

In: the file's path.  Out: `Settings`, with the default where nothing is said.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

from attrs import evolve, fields_dict, frozen

from scm.compiler.decode_quota import DEFAULT_QUOTA, DecodeQuota
from scm.errors import ConfigurationError

SETTINGS_FILE: Final = "pyproject.toml"
DEFAULT_MAIN: Final = "canister"
QUOTA_MAX: Final = 0xFFFF_FFFF

_QUOTA_KEYS: Final = {name.replace("_", "-"): name for name in fields_dict(DecodeQuota)}
_KEYS: Final = ("name", "main", "deployed", "decode", "no-calls", "bytecode", "include")


@frozen
class Settings:
    """The settings of a project; an empty text means that the file does not say.

    `name`: of the files that are written.  `main`: the module to start from.  `deployed`: the file
    with the deployed interface.  `quota`: what decoding a message may cost.  `no_calls`: the
    canister must make none.  `bytecode`: modules that are not to be compiled.  `include`:
    modules to be added that no `import` names.
    """

    name: str = ""
    main: str = DEFAULT_MAIN
    deployed: str = ""
    quota: DecodeQuota = DEFAULT_QUOTA
    no_calls: bool = False
    bytecode: tuple[str, ...] = ()
    include: tuple[str, ...] = ()


def read_settings(path: Path) -> Settings:
    """The settings in a `pyproject.toml`; all defaults if there is no such file.

    Raises `ConfigurationError` on a file that can't be read, or settings that have no meaning.
    """
    if not path.is_file():
        return Settings()
    try:
        document = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            f"`{path}` is not valid TOML: {error}", "mend the file at that place"
        ) from error
    tool = document.get("tool", {})
    own = tool.get("scm", {}) if isinstance(tool, dict) else {}
    general = document.get("project", {})
    for name, table in (("tool", tool), ("tool.scm", own), ("project", general)):
        if not isinstance(table, dict):
            raise ConfigurationError(
                f"`{name}` in `{path}` must be a table", f"write `[{name}]` in a line of its own"
            )
    unknown = sorted(set(own) - set(_KEYS))
    if unknown:
        raise ConfigurationError(
            f"`[tool.scm]` in `{path}` has the unknown setting `{unknown[0]}`",
            f"the settings are {', '.join(f'`{key}`' for key in _KEYS)}",
        )
    quota = _read_quota(own.pop("decode", {}), path)
    no_calls = own.pop("no-calls", False)
    if not isinstance(no_calls, bool):
        raise ConfigurationError(
            f"`no-calls` in `{path}` must be true or false, got `{no_calls}`",
            "write `no-calls = true`",
        )
    bytecode = _module_names("bytecode", own.pop("bytecode", []), path)
    include = _module_names("include", own.pop("include", []), path)
    texts = _strings({**({"name": general["name"]} if "name" in general else {}), **own}, path)
    if "name" in texts:
        _check_name(texts["name"], path)
    return Settings(quota=quota, no_calls=no_calls, bytecode=bytecode, include=include, **texts)


def read_text(path: Path) -> str:
    """The text of a file; raises `ConfigurationError` if it can't be read or is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"`{path}` is not UTF-8 text (byte {error.start})", "save the file as UTF-8"
        ) from error
    except OSError as error:
        raise ConfigurationError(f"can't read `{path}`: {error.strerror}") from error


def _read_quota(found: object, path: Path) -> DecodeQuota:
    shown = ", ".join(f"`{key}`" for key in _QUOTA_KEYS)
    if not isinstance(found, dict) or set(found) - set(_QUOTA_KEYS):
        raise ConfigurationError(
            f"`decode` in `{path}` must be a table with some of {shown}",
            "write `[tool.scm.decode]` and `base = 20000`, for instance",
        )
    numbers: dict[str, Any] = {}
    for key, value in found.items():
        is_number = isinstance(value, int) and not isinstance(value, bool)
        if not is_number or not 0 <= value <= QUOTA_MAX:
            raise ConfigurationError(
                f"`{key}` under `decode` in `{path}` must be a number below 2^32, got `{value}`",
                "write `base = 20000`, for instance",
            )
        numbers[_QUOTA_KEYS[key]] = value
    return evolve(DEFAULT_QUOTA, **numbers)


def _module_names(key: str, found: object, path: Path) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(_is_module_name(item) for item in found):
        raise ConfigurationError(
            f"`{key}` in `{path}` must be a list of names of modules, got `{found}`",
            f'write `{key} = ["package.module"]`',
        )
    return tuple(dict.fromkeys(found))


def _is_module_name(item: object) -> bool:
    return isinstance(item, str) and all(part.isidentifier() for part in item.split("."))


def _check_name(name: str, path: Path) -> None:
    """The name is that of the files that the build writes."""
    if set(name) & set("/\\\0") or name.startswith("."):
        raise ConfigurationError(
            f"the canister's name `{name}` in `{path}` can't be the name of a file",
            'give it another one: `[tool.scm]` with `name = "..."`',
        )


def _strings(settings: dict[str, object], path: Path) -> dict[str, str]:
    texts: dict[str, str] = {}
    for key, value in settings.items():
        if not isinstance(value, str) or not value:
            raise ConfigurationError(
                f"`{key}` in `{path}` must be a text, got `{value}`", f'write `{key} = "..."`'
            )
        texts[key] = value
    return texts
