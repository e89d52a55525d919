"""`weakref`: references that end, callbacks, dictionaries of weak values, finalizers."""

import weakref


class Node:
    def __init__(self, name: str) -> None:
        self.name = name


def run() -> str:
    log: list[str] = []
    node = Node("a")
    reference = weakref.ref(node, lambda _: log.append("gone"))
    alive = reference()
    lines = [f"{alive is node} {alive.name if alive else '-'}"]
    del alive, node
    lines.append(f"{reference()} {log}")
    table: weakref.WeakValueDictionary[str, Node] = weakref.WeakValueDictionary()
    kept, lost = Node("kept"), Node("lost")
    table["kept"], table["lost"] = kept, lost
    del lost
    lines.append(f"{sorted(table)} {table.get('lost')}")
    names: weakref.WeakSet[Node] = weakref.WeakSet([kept])
    lines.append(f"{len(names)} {kept in names}")
    weakref.finalize(kept, log.append, "finalized")
    del kept
    lines.append(f"{log} {len(table)} {len(names)}")
    try:
        weakref.ref(5)
    except TypeError as error:
        lines.append(str(error))
    return "\n".join(lines)
