"""Where the keys come from: the environment first, else a file that only its owner can read and that never changes."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config.secrets import NAMES, from_environment, secrets_of


@pytest.fixture(autouse=True)
def _nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def test_the_first_start_makes_them_and_the_next_keeps_them(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    made = secrets_of(folder)
    assert set(made) == set(NAMES)
    assert len(set(made.values())) == len(NAMES)
    assert all(len(key) >= 50 for key in made.values())
    assert secrets_of(folder) == made
    assert stat.S_IMODE((folder / "secrets.env").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [file.name for file in folder.iterdir()] == ["secrets.env"]


def test_two_installations_differ(tmp_path: Path) -> None:
    assert secrets_of(tmp_path / "a") != secrets_of(tmp_path / "b")


def test_first_starts_at_the_same_moment_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: secrets_of(tmp_path), range(8)))
    assert all(keys == found[0] for keys in found)


def test_the_environment_wins_name_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAMES[0], "given")
    assert from_environment() == {NAMES[0]: "given"}
    found = secrets_of(tmp_path)
    assert found[NAMES[0]] == "given"
    assert len(found[NAMES[1]]) >= 50


def test_no_file_is_made_when_all_are_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, "given")
    assert secrets_of(tmp_path) == dict.fromkeys(NAMES, "given")
    assert list(tmp_path.iterdir()) == []
