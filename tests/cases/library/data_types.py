"""Data types."""


def datetime():
    """`datetime.now()` is the time of the message; the zone is UTC"""
    from datetime import UTC, date, datetime, timedelta

    start = datetime(2024, 2, 28, 23, 30, tzinfo=UTC)
    text = f"{start + timedelta(hours=1)} {start.isoformat()} {date(2024, 12, 30).isocalendar()}"
    return f"{text} {datetime.strptime('05/11/99', '%d/%m/%y')} {start:%A %j}"


def zoneinfo():
    """there is no database of zones: `ZoneInfo.from_file(io.BytesIO(data))` makes one of the
    bytes of a file of it"""
    import io
    import struct
    import zoneinfo
    from datetime import UTC, datetime

    header = b"TZif" + b"\0" * 16 + struct.pack(">6L", 0, 0, 0, 0, 1, 4)
    first = header + struct.pack(">lbb", 3600, 0, 0) + b"CET\0"
    second = b"TZif2" + header[5:] + struct.pack(">lbb", 3600, 0, 0) + b"CET\0"
    data = b"TZif2" + first[5:] + second + b"\nCET-1CEST,M3.5.0,M10.5.0/3\n"
    zone = zoneinfo.ZoneInfo.from_file(io.BytesIO(data), key="Europe/Berlin")
    times = [datetime(2024, month, 1, tzinfo=UTC).astimezone(zone) for month in (1, 7)]
    return f"{zone} {[f'{time} {time.tzname()}' for time in times]}"


def calendar():
    import calendar

    return calendar.month(2024, 2) + f"{calendar.isleap(2024)} {calendar.monthrange(2023, 2)}"


def collections():
    import collections

    point = collections.namedtuple("Point", "x y")(1, 2)
    chain = collections.ChainMap({"a": 1}, {"b": 2})
    queue = collections.deque([1, 2, 3], maxlen=2)
    groups = collections.defaultdict(list)
    groups["a"].append(1)
    ordered = collections.OrderedDict(a=1, b=2)
    ordered.move_to_end("a")
    return repr(
        [
            point,
            collections.Counter("abca").most_common(1),
            chain["b"],
            queue,
            dict(groups),
            list(ordered),
        ]
    )


def collections__abc():
    import collections.abc

    class Pair(collections.abc.Sequence):
        def __len__(self):
            return 2

        def __getitem__(self, index):
            return "ab"[index]

    return repr(
        [list(reversed(Pair())), Pair().index("b"), isinstance({}, collections.abc.Mapping)]
    )


def heapq():
    import heapq

    heap = [5, 1, 4]
    heapq.heapify(heap)
    return repr([heapq.heappop(heap), heapq.nlargest(2, [3, 9, 5]), list(heapq.merge([1, 4], [2]))])


def bisect():
    import bisect

    numbers = [1, 3, 5]
    bisect.insort(numbers, 4)
    return f"{numbers} {bisect.bisect_left(numbers, 3)} {bisect.bisect(numbers, 3)}"


def array():
    import array

    numbers = array.array("i", [1, 2, 3])
    numbers.extend([4])
    return f"{numbers} {numbers.tobytes().hex()} {array.array('d', [0.5])[0]}"


def weakref():
    import weakref

    class Node:
        pass

    node = Node()
    reference = weakref.ref(node)
    known = weakref.WeakValueDictionary(a=node)
    ended = []
    weakref.finalize(node, ended.append, 1)
    before = reference() is node, len(known)
    del node
    return f"{before} {reference()} {len(known)} {ended}"


def types():
    import types

    space = types.SimpleNamespace(a=1)
    made = types.new_class("Made", (), {}, lambda names: names.update(x=2))
    view = types.MappingProxyType({"a": 1})
    return f"{space} {made.x} {view['a']} {isinstance(len, types.BuiltinFunctionType)}"


def copy():
    """instances of compiled classes too, unless they have several `Final` attributes"""
    import copy

    inner = [1]
    outer = {"a": inner, "b": inner}
    deep = copy.deepcopy(outer)
    deep["a"].append(2)
    return f"{outer} {deep} {copy.copy(inner) is inner}"


def pprint():
    import pprint

    return pprint.pformat({"b": list(range(30)), "a": {"c": "d" * 60}}, width=50)


def reprlib():
    import reprlib

    return f"{reprlib.repr(list(range(100)))} {reprlib.repr('x' * 100)}"


def enum():
    import enum

    class Colour(enum.IntFlag):
        RED = enum.auto()
        BLUE = enum.auto()

    kind = enum.Enum("Kind", "SMALL LARGE")
    return f"{Colour.RED | Colour.BLUE!r} {list(kind)} {Colour(2).name} {kind['LARGE'].value}"


def graphlib():
    import graphlib

    order = graphlib.TopologicalSorter({"d": {"b", "c"}, "b": {"a"}, "c": {"b"}})
    try:
        graphlib.TopologicalSorter({"a": {"b"}, "b": {"a"}}).prepare()
    except graphlib.CycleError as error:
        return f"{list(order.static_order())} {error.args[0]}"
