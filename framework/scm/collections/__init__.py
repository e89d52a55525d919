"""Durable collections: Python's protocols over what lives in stable memory.

They are fields of the state; docs/decisions/0016-durable-collections.md tells how they are kept.
"""

from scm.collections.blob import StableBlob
from scm.collections.cell import StableCell
from scm.collections.deque import StableDeque
from scm.collections.heap import StableHeap
from scm.collections.list import StableList
from scm.collections.log import StableLog
from scm.collections.map import StableMap
from scm.collections.queue import StableQueue
from scm.collections.set import StableSet

__all__ = [
    "StableMap", "StableSet", "StableList", "StableDeque", "StableQueue", "StableLog",
    "StableHeap", "StableBlob", "StableCell",
]  # fmt: skip
