"""Branches by platform are those of the Python that runs the program."""

import sys

if sys.platform == "wasi":
    WHERE = "canister"
elif sys.platform.startswith("win"):
    WHERE = "windows"
else:
    WHERE = "elsewhere"


def size() -> str:
    if sys.platform == "wasi":
        return "small"
    return "large"


def looked_up(names: dict[str, str], default: str) -> str:
    return names.get(str(sys.platform), default)


def run() -> str:
    where = looked_up({"wasi": "canister", "win32": "windows"}, "elsewhere")
    return f"{where == WHERE} {size() == looked_up({'wasi': 'small'}, 'large')}"
