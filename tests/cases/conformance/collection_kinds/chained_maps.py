"""`ChainMap`: lookups through layers, writes to the first, `new_child`, `parents`."""

from collections import ChainMap


def run() -> str:
    defaults = {"colour": "red", "size": 1}
    user = {"size": 5}
    settings: ChainMap[str, object] = ChainMap({}, user, defaults)  # type: ignore[arg-type]
    lines = [f"{settings['colour']} {settings['size']} {len(settings)} {sorted(settings)}"]
    settings["colour"] = "blue"
    lines.append(f"{settings['colour']} {defaults['colour']} {settings.maps[0]}")
    del settings["colour"]
    lines.append(str(settings["colour"]))
    try:
        del settings["size"]
    except KeyError:
        lines.append("KeyError")
    scope = settings.new_child({"local": True})
    lines.append(f"{scope['local']} {'local' in settings} {scope.parents['size']}")
    user["late"] = 9
    lines.append(f"{scope['late']} {dict(scope)}")
    try:
        scope["none"]
    except KeyError as error:
        lines.append(str(error))
    return "\n".join(lines)
