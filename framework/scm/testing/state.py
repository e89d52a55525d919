"""The stable memory of canisters that scm built, in tests: is it in order?

check_state(replica, canister.canister_id)
"""

from __future__ import annotations

from scm.model import Principal
from scm.replica.replica import Replica
from scm.replica.view import CanisterView
from scm.storage.check import Report, check_image
from scm.storage.image import Image
from scm.storage.problems import Problem


class DamagedStateError(AssertionError):
    """Stable memory is not in order; `problems` are the first ones found."""

    def __init__(self, problems: tuple[Problem, ...], count: int) -> None:
        self.problems = problems
        shown = "".join(f"\n  {problem}" for problem in problems)
        more = f"\n  and {count - len(problems)} more" if count > len(problems) else ""
        super().__init__(f"stable memory is damaged, {count} problems:{shown}{more}")


def stable_image(view: CanisterView) -> Image:
    """The stable memory of a canister, to be read as it is now; nothing is copied."""
    return Image(view.stable_memory_size_bytes, view.read_stable_memory)


def check_state(replica: Replica, canister_id: Principal) -> Report:
    """Check all of a canister's stable memory; returns what takes how much of it.

    Raises `DamagedStateError` with the problems, `NoStateError` if scm did not write it.
    """
    report = check_image(stable_image(replica.canister(canister_id)))
    if report.problem_count:
        raise DamagedStateError(report.problems, report.problem_count)
    return report
