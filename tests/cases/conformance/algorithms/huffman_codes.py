"""Huffman codes with a heap of tuples and nodes; encoding and decoding of a text."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True)
class Leaf:
    letter: str


@dataclass(frozen=True)
class Fork:
    left: Node
    right: Node


Node = Leaf | Fork


def build(text: str) -> Node:
    heap: list[tuple[int, int, Node]] = [
        (count, number, Leaf(letter))
        for number, (letter, count) in enumerate(sorted(Counter(text).items()))
    ]
    heapq.heapify(heap)
    number = len(heap)
    while len(heap) > 1:
        first, second = heapq.heappop(heap), heapq.heappop(heap)
        heapq.heappush(heap, (first[0] + second[0], number, Fork(first[2], second[2])))
        number += 1
    return heap[0][2]


def codes(node: Node, prefix: str = "") -> dict[str, str]:
    match node:
        case Leaf(letter):
            return {letter: prefix or "0"}
        case Fork(left, right):
            return codes(left, prefix + "0") | codes(right, prefix + "1")


def decode(node: Node, bits: str) -> str:
    out, current = [], node
    for bit in bits:
        if isinstance(current, Fork):
            current = current.left if bit == "0" else current.right
        if isinstance(current, Leaf):
            out.append(current.letter)
            current = node
    return "".join(out)


def run() -> str:
    lines = []
    for text in ("abracadabra", "aaaa", "hello world", "ab"):
        tree = build(text)
        table = codes(tree)
        bits = "".join(table[letter] for letter in text)
        lines.append(f"{dict(sorted(table.items()))} {len(bits)} {decode(tree, bits) == text}")
    return "\n".join(lines)
