"""The layout: nothing overlaps, links end at their boxes, the same input gives the same places."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from scm.graph.layers import Box, Link, arrange_columns
from scm.graph.layout import Layout, lay_out

GAPS = {"column_gap": 50.0, "row_gap": 10.0}


def by_chance(seed: int, count: int) -> tuple[list[Box], list[Link]]:
    chance = random.Random(seed)
    boxes = [
        Box(
            f"box {number}",
            chance.randrange(20, 200),
            chance.randrange(10, 90),
            is_end=number < 2,
            is_label=chance.random() < 0.3,
        )
        for number in range(count)
    ]
    pairs = {
        (source.key, target.key)
        for source, target in (chance.sample(boxes, 2) for _ in range(count * 2))
    }
    return boxes, [Link(*pair) for pair in sorted(pairs)]


def overlaps(boxes: list[Box], layout: Layout) -> list[tuple[str, str]]:
    found = []
    for one, other in combinations(boxes, 2):
        a, b = layout.corners[one.key], layout.corners[other.key]
        beside = a.x + one.width <= b.x or b.x + other.width <= a.x
        below = a.y + one.height <= b.y or b.y + other.height <= a.y
        if not beside and not below:
            found.append((one.key, other.key))
    return found


@pytest.mark.parametrize("seed", range(20))
def test_boxes_never_overlap_and_stay_inside(seed: int) -> None:
    boxes, links = by_chance(seed, 60)
    layout = lay_out(boxes, links, **GAPS)
    assert overlaps(boxes, layout) == []
    for box in boxes:
        corner = layout.corners[box.key]
        assert corner.x >= 0
        assert corner.y >= 0
        assert corner.x + box.width <= layout.width + 0.1
        assert corner.y + box.height <= layout.height + 0.1


@pytest.mark.parametrize("seed", range(20))
def test_links_end_at_the_sides_of_their_boxes(seed: int) -> None:
    boxes, links = by_chance(seed, 40)
    layout = lay_out(boxes, links, **GAPS)
    assert [route.link for route in layout.routes] == links
    sizes = {box.key: box for box in boxes}
    for route in layout.routes:
        ends = (route.link.source, route.points[0]), (route.link.target, route.points[-1])
        for key, point in ends:
            box, corner = sizes[key], layout.corners[key]
            assert min(abs(point.x - corner.x), abs(point.x - corner.x - box.width)) < 0.05
            assert corner.y <= point.y <= corner.y + box.height


def test_links_run_level_through_columns() -> None:
    boxes, links = by_chance(3, 40)
    for route in lay_out(boxes, links, **GAPS).routes:
        for start, end in zip(route.points[::2], route.points[1::2], strict=True):
            assert start.y == end.y


def test_same_input_same_places() -> None:
    boxes, links = by_chance(5, 50)
    assert lay_out(boxes, links, **GAPS) == lay_out(list(boxes), list(links), **GAPS)


def test_a_link_back_is_drawn_from_right_to_left() -> None:
    boxes = [Box("one", 10, 10), Box("two", 10, 10)]
    forth, back = lay_out(boxes, [Link("one", "two"), Link("two", "one")], **GAPS).routes
    assert forth.points[0].x < forth.points[-1].x
    assert back.points[0].x > back.points[-1].x
    assert forth.points[0].y != back.points[-1].y


def test_ends_stand_in_the_last_column() -> None:
    boxes = [Box(key, 10, 10, is_end=key == "reply") for key in ("a", "b", "c", "reply")]
    links = [Link("a", "b"), Link("b", "c"), Link("a", "reply")]
    columns = arrange_columns(boxes, links).columns
    assert columns[-1] == ("c", "reply")


def test_lines_that_need_not_cross_do_not() -> None:
    boxes = [Box(key, 10, 10) for key in "abcdef"]
    links = [Link("a", "f"), Link("b", "e"), Link("c", "d")]
    left, right = arrange_columns(boxes, links).columns
    order = {link.source: link.target for link in links}
    assert [order[str(key)] for key in left] == list(right)


def test_nothing_to_place() -> None:
    layout = lay_out([], [], **GAPS)
    assert (layout.width, layout.height) == (0, 0)
