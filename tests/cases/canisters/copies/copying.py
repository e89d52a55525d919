"""Copies and pickles what `shapes` has."""

import copy
import pickle
from collections.abc import Iterator

import shapes


def copies() -> Iterator[str]:
    for item in shapes.make():
        yield f"copy {shapes.show(copy.copy(item))}"
        yield f"deepcopy {shapes.show(copy.deepcopy(item))}"
        for protocol in (2, 4, 5):
            yield f"pickle {protocol} {shapes.show(pickle.loads(pickle.dumps(item, protocol)))}"


def shared() -> str:
    point = shapes.Point(1, ["a"])
    shallow = copy.copy(point)
    deep = copy.deepcopy([point, point])
    shallow.names.append("b")
    deep[0].names.append("c")
    solid = shapes.Solid(1, [], 2)
    solid.inner = solid
    twin = copy.deepcopy(solid)
    return (
        f"{point.names} {deep[0] is deep[1]} {deep[1].names} {twin.inner is twin} {twin is solid}"
    )


def run() -> str:
    return "\n".join([*copies(), shared()])
