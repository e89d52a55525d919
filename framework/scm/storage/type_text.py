"""Types as text without the names that a message's own types have: `t0`, `t1`."""

from __future__ import annotations

from scm.candid.text import quote_name
from scm.candid.types import Field, Opt, Record, Ref, Type, TypeEnv, Variant, Vec


def type_text(type: Type, env: TypeEnv, within: tuple[str, ...] = ()) -> str:
    """A type with its parts in place; one that contains itself shows its name there."""
    if isinstance(type, Ref):
        if type.name in within:
            return type.name
        return type_text(env.lookup(type.name), env, (*within, type.name))
    match type:
        case Opt():
            return f"opt {type_text(type.inner, env, within)}"
        case Vec() if repr(type) != "blob":
            return f"vec {type_text(type.inner, env, within)}"
        case Record():
            return _braced("record", [_field(item, env, within) for item in type.fields])
        case Variant():
            return _braced("variant", [_field(item, env, within) for item in type.fields])
        case _:
            return repr(type)


def _field(field: Field, env: TypeEnv, within: tuple[str, ...]) -> str:
    label = quote_name(field.name) if field.name else str(field.id)
    shown = type_text(field.type, env, within)
    return label if shown == "null" else f"{label} : {shown}"


def _braced(keyword: str, parts: list[str]) -> str:
    return f"{keyword} {{ {'; '.join(parts)} }}" if parts else f"{keyword} {{}}"
