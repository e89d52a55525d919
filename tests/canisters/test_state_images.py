"""`scm state` on images that a real canister wrote, whole and damaged; the canister on those."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest
from attrs import frozen
from tests.canisters.collection_models import random_step
from tests.canisters.state_images import DAMAGES, Pages

from scm.cli.main import main
from scm.model import Principal
from scm.replica.errors import InstallError
from scm.replica.replica import Replica
from scm.replica.stable_exchange import replace_stable_memory
from scm.storage.check import NoStateError, check_image
from scm.storage.image import PAGE_BYTES, Image
from scm.testing.building import CanisterBuilder, compiled_modules_folder, install_canister
from scm.testing.client import CanisterHandle, RejectError
from scm.testing.state import DamagedStateError, check_state

pytestmark = pytest.mark.toolchain

CASE = "tests/cases/canisters/collections"
TOLD = re.compile(
    r"stable memory is damaged: |stable memory was not written by scm"
    r"|UpgradeError: the (keys|type) of .*`\w+` changed: "  # To what might have been stored.
)
FUEL_MAX = 1_000_000_000


@frozen
class Scene:
    """A canister with something in every collection, its image, and what it answers."""

    replica: Replica
    canister_id: Principal
    image: bytes
    answers: tuple[str, ...]
    page_count: int


@pytest.fixture(scope="module")
def scene(build_canister: CanisterBuilder) -> Scene:
    replica = Replica(cache_directory=compiled_modules_folder())
    canister = install_canister(replica, build_canister(CASE))
    chance = random.Random(1)
    for _ in range(100):
        canister.run([random_step(chance) for _ in range(40)])
    log = {"target": "rest", "action": "log", "key": 0, "word": "one more " * 9, "data": b""}
    canister.run([log] * 150)
    canister.run([{**log, "target": "rest", "action": "take"}] * 50)  # Leaves free pages.
    view = replica.canister(canister.canister_id)
    report = check_state(replica, canister.canister_id)
    answers = answers_of(canister)
    return Scene(replica, canister.canister_id, view.stable_memory, answers, report.page_count)


def answers_of(canister: CanisterHandle) -> tuple[str, ...]:
    answers = canister.all_of()
    assert isinstance(answers, list)
    return tuple(map(str, answers))


def problems_of(content: bytes) -> list[str]:
    return [str(problem) for problem in check_image(Image.of(content)).problems]


@pytest.mark.parametrize("name", DAMAGES)
def test_check_tells_of_damage(scene: Scene, name: str) -> None:
    damage, expected = DAMAGES[name]
    pages = Pages(scene.image)
    damage(pages)
    problems = problems_of(bytes(pages.content))
    assert any(expected in problem for problem in problems), problems


@pytest.mark.parametrize("name", DAMAGES)
def test_canister_tells_of_damage_or_answers(scene: Scene, name: str) -> None:
    pages = Pages(scene.image)
    DAMAGES[name][0](pages)
    refusal = use_damaged(scene, bytes(pages.content), random.Random(0))
    assert not refusal or TOLD.search(refusal), refusal


def test_check_state_raises_with_all_problems(scene: Scene) -> None:
    pages = Pages(scene.image)
    pages.add("Q", 0, 3088, 1)
    fork = scene.replica.fork()
    replace_stable_memory(fork, scene.canister_id, bytes(pages.content))
    with pytest.raises(DamagedStateError, match="1 problems:\n  `free pages`, page 0: "):
        check_state(fork, scene.canister_id)


def test_an_image_of_something_else_is_refused() -> None:
    for content in (b"", bytes(PAGE_BYTES), b"scm\x01" + bytes(PAGE_BYTES)):
        with pytest.raises(NoStateError):
            check_image(Image.of(content))


def test_flipped_bits_end_in_problems_or_answers(
    scene: Scene, request: pytest.FixtureRequest
) -> None:
    chance = random.Random(2)
    for _ in range(request.config.getoption("--state-flips")):
        damaged = bytearray(scene.image)
        # Half of them where the structure is.
        page = chance.randrange(scene.page_count)
        inside = chance.choice([16 + 16 * 12, PAGE_BYTES])
        at, bit = page * PAGE_BYTES + chance.randrange(inside), chance.randrange(8)
        damaged[at] ^= 1 << bit
        try:
            check_image(Image.of(damaged))
        except NoStateError:
            continue
        refusal = use_damaged(scene, bytes(damaged), chance)
        assert not refusal or TOLD.search(refusal), f"byte {at}, bit {bit}: {refusal}"


def use_damaged(scene: Scene, content: bytes, chance: random.Random) -> str:
    """What a canister with this stable memory says when it stops; "" if it goes on."""
    fork = scene.replica.fork()
    canister = CanisterHandle(fork, scene.canister_id)
    refusal = ""
    with fork.cut_executions(after=FUEL_MAX):
        try:
            replace_stable_memory(fork, scene.canister_id, content)
            canister.all_of()
            canister.run([random_step(chance) for _ in range(40)])
        except (InstallError, RejectError) as error:
            refusal = str(error)
    return refusal


def scm(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Run `scm state`: its exit code, output and errors."""
    code = main(["state", *map(str, arguments)])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


@pytest.fixture
def saved(scene: Scene, tmp_path: Path) -> Path:
    path = tmp_path / "saved.replica"
    scene.replica.save(path)
    return path


def test_commands_read_and_write_images(
    scene: Scene, saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = tmp_path / "image"
    assert scm(capsys, "save", saved, image)[0] == 0
    assert image.read_bytes() == scene.image
    assert scm(capsys, "save", image, image)[0] == 2
    for source in (saved, image):
        code, shown, _ = scm(capsys, "show", source)
        assert code == 0
        assert re.search(r"^pairs +map .* record \{ text; int \} +blob$", shown, re.MULTILINE)
        assert scm(capsys, "check", source)[0] == 0
    loaded = tmp_path / "loaded.replica"
    fresh = Replica(cache_directory=compiled_modules_folder())
    wasm = scene.replica.fork()._state.canisters[scene.canister_id].code
    assert wasm is not None
    other = install_canister(fresh, wasm.module.wasm)
    fresh.save(tmp_path / "fresh.replica")
    assert scm(capsys, "load", image, tmp_path / "fresh.replica", "-o", loaded)[0] == 0
    again = Replica.load(loaded, cache_directory=compiled_modules_folder())
    assert answers_of(CanisterHandle(again, other.canister_id)) == scene.answers


def test_dump_shows_every_entry(
    scene: Scene, saved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, shown, _ = scm(capsys, "dump", saved, "numbers", "--json")
    entries = [json.loads(line) for line in shown.splitlines()]
    assert repr([(int(item["key"]), item["value"]) for item in entries]) == scene.answers[0]
    _, shown, _ = scm(capsys, "dump", saved, "turns", "--json", "--from", "3", "--limit", "5")
    entries = [json.loads(line) for line in shown.splitlines()]
    assert [item["index"] for item in entries] == [3, 4, 5, 6, 7]
    assert scene.answers[6].startswith("[")
    turns = [int(item) for item in scene.answers[6].strip("[]").split(", ")]
    assert [item["value"] for item in entries] == turns[3:8]
    _, shown, _ = scm(capsys, "dump", saved, "words", "--from", '"b"', "--limit", "1")
    assert shown.startswith('"b')
    _, shown, _ = scm(capsys, "dump", saved, "latest")
    assert re.match(r'0 = record \{ age = \d+; name = "', shown)
    _, shown, _ = scm(capsys, "dump", saved, "steps")
    assert shown == f"{scene.answers[-1]}\n"
    assert scm(capsys, "dump", saved, "nothing")[0] == 2
    assert scm(capsys, "dump", saved, "words", "--from", "3")[0] == 2


def test_check_exits_with_1_on_damage(
    scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = Pages(scene.image)
    pages.add("H", pages.root("words"), 10, 4)
    path = tmp_path / "image"
    path.write_bytes(pages.content)
    code, shown, errors = scm(capsys, "check", path)
    assert code == 1
    assert shown.startswith(f"`words`, page {pages.root('words')}: ")
    assert "stable memory is damaged: 1 problems" in errors
    _, shown, _ = scm(capsys, "check", path, "--json")
    assert json.loads(shown)["problems"][0]["structure"] == "words"
