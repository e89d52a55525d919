"""Matrices: multiplication, transposition, determinant, powers, rotation, with operators."""

from __future__ import annotations

from fractions import Fraction


class Matrix:
    def __init__(self, rows: list[list[int]]) -> None:
        self.rows = rows

    def __matmul__(self, other: Matrix) -> Matrix:
        columns = list(zip(*other.rows, strict=True))
        return Matrix(
            [
                [sum(a * b for a, b in zip(row, column, strict=True)) for column in columns]
                for row in self.rows
            ]
        )

    def __pow__(self, exponent: int) -> Matrix:
        result = Matrix(
            [[int(i == j) for j in range(len(self.rows))] for i in range(len(self.rows))]
        )
        base = self
        while exponent:
            if exponent & 1:
                result = result @ base
            base = base @ base
            exponent >>= 1
        return result

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Matrix) and self.rows == other.rows

    __hash__ = None  # type: ignore[assignment]

    def transposed(self) -> Matrix:
        return Matrix([list(row) for row in zip(*self.rows, strict=True)])

    def determinant(self) -> Fraction:
        rows = [[Fraction(value) for value in row] for row in self.rows]
        result = Fraction(1)
        for i in range(len(rows)):
            pivot = next((r for r in range(i, len(rows)) if rows[r][i]), None)
            if pivot is None:
                return Fraction(0)
            if pivot != i:
                rows[i], rows[pivot] = rows[pivot], rows[i]
                result = -result
            result *= rows[i][i]
            for r in range(i + 1, len(rows)):
                factor = rows[r][i] / rows[i][i]
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[i], strict=True)]
        return result


def run() -> str:
    a, b = Matrix([[1, 2], [3, 4]]), Matrix([[0, 1], [1, 0]])
    lines = [f"{(a @ b).rows} {(b @ a).rows} {a.transposed().rows} {a @ b == b @ a}"]
    lines.append(str((Matrix([[1, 1], [1, 0]]) ** 90).rows))
    lines.append(f"{a.determinant()} {Matrix([[2, 4], [1, 2]]).determinant()} {(a**0).rows}")
    lines.append(str(Matrix([[0, 2, 3], [4, 5, 6], [7, 8, 10]]).determinant()))
    lines.append(str([list(row) for row in zip(*[[1, 2, 3], [4, 5, 6]][::-1], strict=True)]))
    return "\n".join(lines)
