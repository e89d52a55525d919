"""The in-flight matrix: a canister is upgraded while each of its calls waits for its response.

    def test_no_upgrade_loses_an_answer(replica, build_canister):
        versions = {"v1": build_canister("versions/v1"), "v2": build_canister(".")}
        explore(replica, versions).check()

From the manifests and interfaces of the modules: for every place where a version makes a call,
every way to upgrade from there, and everything that may become of the response.  No callee is
needed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from attrs import evolve, frozen

from scm.replica.errors import InstallError, ReplicaUsageError
from scm.replica.replica import Replica
from scm.testing.client import RejectError
from scm.testing.matrix_checks import (
    answers_in,
    check_expected,
    check_one_answer,
    check_rest,
    check_routes,
    clear,
    expect,
)
from scm.testing.matrix_outcomes import (
    OutcomeKind,
    answer_rest,
    first_callback,
    outcome_kinds,
)
from scm.testing.matrix_proxied import ProxiedCall
from scm.testing.matrix_proxied_outcomes import PROXIED_MOMENTS, ProxiedKind, ProxiedMoment
from scm.testing.matrix_scenes import (
    BrokenPromiseError,
    MatrixOptions,
    Scene,
    find_scenes,
    first_scene,
)
from scm.testing.matrix_sites import Site, read_version, upgrade_paths
from scm.testing.pending_calls import PendingCall

SHOWN_MAX: Final = 20
"""How many failures are told in full."""

DEFAULT_OPTIONS: Final = MatrixOptions()


class MatrixError(AssertionError):
    """Some cases failed, or some call sites were never reached."""


@frozen
class Refusal:
    """An upgrade that the new code refused while a call of `site` waited; the old one went on."""

    site: Site
    path: tuple[str, ...]
    reason: str


@frozen
class Case:
    """One call that waited, one way to upgrade, one outcome.

    `problem` is "" if all was well; `note` tells of a handler that trapped without being made to.
    """

    site: Site
    path: tuple[str, ...]
    outcome: str
    refused: tuple[str, ...]
    problem: str
    note: str

    def __str__(self) -> str:
        steps = [f"{name} (refused)" if name in self.refused else name for name in self.path]
        return f"{self.site}: {' -> '.join(steps)}: {self.outcome}"


@frozen
class Report:
    """What `explore` found."""

    cases: tuple[Case, ...]
    refusals: tuple[Refusal, ...]
    unreached: tuple[tuple[str, Site], ...]
    """The version and the call site, for those where no call could be brought about."""

    @property
    def failures(self) -> tuple[Case, ...]:
        """The cases that did not end as they must."""
        return tuple(case for case in self.cases if case.problem)

    def check(self) -> None:
        """Raise `MatrixError` if a case failed, a site was not reached, or there was no case."""
        lines = [f"{case}\n    {case.problem}" for case in self.failures[:SHOWN_MAX]]
        lines += [
            f"{name}: {site}\n    no call could be brought about" for name, site in self.unreached
        ]
        if lines or not self.cases:
            count = len(self.failures)
            raise MatrixError(
                f"{count} of {len(self.cases)} cases failed, {len(self.unreached)} call sites were "
                "not reached:\n" + "\n".join(lines)
            )

    def __str__(self) -> str:
        sites = Counter(f"{case.path[0]}: {case.site}" for case in self.cases)
        noted = sum(bool(case.note) for case in self.cases)
        lines = [
            f"{len(self.cases)} cases, {len(self.failures)} failed; {len(self.refusals)} upgrades "
            f"refused; {noted} handlers trapped by themselves",
            *(f"  {count} of {name}" for name, count in sites.items()),
            *(f"  not reached: {name}: {site}" for name, site in self.unreached),
        ]
        return "\n".join(lines)


def explore(
    replica: Replica, versions: Mapping[str, bytes], options: MatrixOptions = DEFAULT_OPTIONS
) -> Report:
    """Try every case of a canister whose versions, by name and in order, are these modules.

    The replica stays as it is: everything happens in forks of it.  Raises `ReplicaUsageError` if
    scm did not build a module, or one can't be installed.
    """
    matrix = Matrix(replica, versions, options)
    cases = tuple(matrix.cases())
    return Report(cases, tuple(matrix.refusals), tuple(matrix.unreached))


class Matrix:
    """The cases one by one, for a test that reports each by itself.

    for case in Matrix(replica, versions).cases():
        with subtests.test(str(case)):
            assert not case.problem

    `refusals` and `unreached` grow as `cases` goes on.
    """

    def __init__(
        self,
        replica: Replica,
        versions: Mapping[str, bytes],
        options: MatrixOptions = DEFAULT_OPTIONS,
    ) -> None:
        if not versions:
            raise ReplicaUsageError("a matrix needs one version of a canister or more")
        self._versions: Final = {name: read_version(name, wasm) for name, wasm in versions.items()}
        self._world: Final = replica.fork()
        principal = options.principal or self._world.create_canister()
        self._options: Final = evolve(options, principal=principal)
        self.refusals: Final[list[Refusal]] = []
        self.unreached: Final[list[tuple[str, Site]]] = []

    def cases(self) -> Iterator[Case]:
        """Run them, each when it is asked for."""
        for version in self._versions.values():
            start = first_scene(self._world, version, self._options)
            scenes = find_scenes(start, self._options)
            missing = [site for site in version.all_sites() if site not in scenes]
            self.unreached.extend((version.name, site) for site in missing)
            for site, scene in scenes.items():
                for path in upgrade_paths(list(self._versions), version.name):
                    for moment in PROXIED_MOMENTS if site.is_proxied else (None,):
                        yield from self._cases_of(site, scene, path, moment)

    def _cases_of(
        self, site: Site, scene: Scene, path: tuple[str, ...], moment: ProxiedMoment | None
    ) -> Iterator[Case]:
        when = f"{moment.name}: " if moment is not None else ""
        all_kinds = outcome_kinds(scene) if moment is None else moment.kinds(scene)
        kinds: list[OutcomeKind | ProxiedKind] = [
            kind
            for kind in all_kinds
            if self._options.only in str(Case(site, path, when + kind.name, (), "", ""))
        ]
        if not kinds:
            return
        refused: tuple[str, ...] = ()
        waiting = {
            call.record.id: call.record for call in scene.parked() if call.record is not None
        }
        begin = len(scene.replica.trace)
        try:
            upgraded, refused = self._upgrade(site, scene, path, moment)
        except BrokenPromiseError as error:
            yield from (Case(site, path, when + kind.name, (), str(error), "") for kind in kinds)
            return
        for kind in kinds:
            problem = note = ""
            after = upgraded.fork()
            try:
                if isinstance(kind, ProxiedKind):
                    note = self._run_proxied(after, kind, waiting, begin)
                else:
                    note = self._run(after, kind, waiting, begin)
            except (AssertionError, RejectError) as error:
                problem = str(error)
            yield Case(site, path, when + kind.name, refused, problem, note)

    def _upgrade(
        self, site: Site, scene: Scene, path: tuple[str, ...], moment: ProxiedMoment | None
    ) -> tuple[Scene, tuple[str, ...]]:
        """The scene after a way of upgrades, and the versions that refused."""
        scene = scene.fork()
        refused: list[str] = []
        # Of calls that are waited for together some are answered before the upgrade, some after.
        _answer_some(scene, len(scene.companions()) // 2)
        if moment is not None:
            moment.reach(ProxiedCall(scene))
        for name in path[1:]:
            version = self._versions[name]
            try:
                scene.replica.install(scene.canister_id, version.wasm, mode="upgrade")
            except InstallError as error:
                expect("UpgradeError" in str(error), f"the upgrade to {name} failed: {error}")
                refused.append(name)
                self.refusals.append(Refusal(site, path, str(error)))
            else:
                scene = evolve(scene, version=version)
        if moment is None:
            _answer_some(scene, len(scene.companions()))
        return evolve(scene, largest_cuts={}), tuple(refused)

    def _run(
        self,
        scene: Scene,
        kind: OutcomeKind,
        waiting: Mapping[int, PendingCall],
        begin: int,
    ) -> str:
        """Release the response, and check all that must hold; what the handler did by itself."""
        call = scene.focused()
        assert call.record is not None
        start = len(scene.replica.trace)
        method = scene.method_waited_for()
        kind.bring(scene, call)
        error = first_callback(scene, start).error or ""
        _end(scene, waiting, begin)
        kept = check_rest(scene, scene.replica.trace[begin:])
        answers = answers_in(scene, scene.replica.trace[start:], method)
        check_expected(scene, kind, kept, call.record.handler, answers[:1])
        clear(scene, kept, kind.by_hand)
        self._check(scene)
        return error if kind.expects == "runs" else ""

    def _run_proxied(
        self,
        scene: Scene,
        kind: ProxiedKind,
        waiting: Mapping[int, PendingCall],
        begin: int,
    ) -> str:
        """Have the steps happen, and check all that must hold; what the handler did by itself."""
        call = ProxiedCall(scene)
        start = len(scene.replica.trace)
        for step in kind.steps:
            step(call)
        call.end()
        end = len(scene.replica.trace)
        _end(scene, waiting, begin)
        # What the steps have left of the call is checked already.
        trace = scene.replica.trace
        kept = check_rest(scene, [*trace[begin:start], *trace[end:]])
        clear(scene, kept, None)
        self._check(scene)
        return call.note

    def _check(self, scene: Scene) -> None:
        if self._options.check is not None:
            self._options.check(scene.replica, scene.handle)


def _end(scene: Scene, waiting: Mapping[int, PendingCall], begin: int) -> None:
    """Let the user's call come to its end, and check how each response has come."""
    expect(answer_rest(scene), "the call does not come to an end, however often it is answered")
    check_one_answer(scene)
    check_routes(scene, waiting, begin)


def _answer_some(scene: Scene, count: int) -> None:
    """Answer the first of the other calls that wait, as their callees would."""
    for call in scene.companions()[:count]:
        # Each that is answered moves the next ones up.
        (now,) = [item for item in scene.companions() if item.record_id == call.record_id]
        scene.settle(now, next(scene.replies(now)))
        scene.replica.run_until_idle()
