"""Whatever ends a write early leaves what was there before, and nothing beside it."""

from __future__ import annotations

import errno
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.files import atomic_directory, atomic_file, check_place

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB, where the machine lets this user mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("mounting a tiny disk needs root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def end_early(path: Path, failure: BaseException) -> None:
    path.write_bytes(b"half")
    raise failure


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "new" / "clip.mp4"
    with atomic_file(target) as temporary:
        assert temporary.suffix == ".mp4"
        assert temporary.parent == target.parent
        temporary.write_bytes(b"frames")
        assert not target.exists()
    assert target.read_bytes() == b"frames"
    assert names(target.parent) == ["clip.mp4"]


def test_a_file_gets_the_permissions_of_any_other(tmp_path: Path) -> None:
    ordinary = tmp_path / "ordinary"
    ordinary.touch()
    with atomic_file(tmp_path / "atomic") as temporary:
        temporary.touch()
    with atomic_directory(tmp_path / "folder"):
        pass
    (tmp_path / "other").mkdir()
    assert (tmp_path / "atomic").stat().st_mode == ordinary.stat().st_mode
    assert (tmp_path / "folder").stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize("failure", [ValueError("no"), KeyboardInterrupt(), SystemExit(1)])
def test_an_interrupted_file_leaves_the_old_one(tmp_path: Path, failure: BaseException) -> None:
    target = tmp_path / "clip.mp4"
    target.write_bytes(b"old")
    with pytest.raises(type(failure)), atomic_file(target) as temporary:
        end_early(temporary, failure)
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["clip.mp4"]


def test_a_full_disk_is_told_in_one_line(tmp_path: Path) -> None:
    target = tmp_path / "clip.mp4"
    with pytest.raises(H3AEError) as caught, atomic_file(target):
        raise FULL
    assert f"cannot write {target}: No space left on device" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert names(tmp_path) == []


def test_a_disk_that_fills_up_keeps_the_old_file(tiny_disk: Path) -> None:
    target = tiny_disk / "clip.mp4"
    target.write_bytes(b"old")
    with pytest.raises(H3AEError, match="No space left"), atomic_file(target) as temporary:
        temporary.write_bytes(bytes(200_000))
    assert target.read_bytes() == b"old"
    assert names(tiny_disk) == ["clip.mp4"]


def test_a_disk_that_fills_up_keeps_the_old_directory(tiny_disk: Path) -> None:
    target = tiny_disk / "demo.h3ae"
    target.mkdir()
    (target / "manifest.json").write_text("old")
    with (
        pytest.raises(H3AEError, match="No space left"),
        atomic_directory(target, replace=True) as temporary,
    ):
        (temporary / "weights").write_bytes(bytes(200_000))
    assert (target / "manifest.json").read_text() == "old"
    assert names(tiny_disk) == ["demo.h3ae"]


@pytest.mark.parametrize("writer", [atomic_file, atomic_directory])
def test_a_parent_that_is_a_file_is_refused(tmp_path: Path, writer: object) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(H3AEError, match="cannot write"), writer(tmp_path / "file" / "x"):  # type: ignore[operator]
        pytest.fail("the block must not run")


def test_a_directory_in_the_place_of_a_file_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    with pytest.raises(H3AEError, match="cannot write"), atomic_file(target) as temporary:
        temporary.touch()
    assert names(tmp_path) == ["out"]


def test_a_directory_appears_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "demo.h3ae"
    with atomic_directory(target) as temporary:
        (temporary / "manifest.json").write_text("{}")
        assert not target.exists()
    assert names(target) == ["manifest.json"]
    assert names(tmp_path) == ["demo.h3ae"]


def test_an_existing_directory_is_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(H3AEError, match="exists already"), atomic_directory(tmp_path):
        pytest.fail("the block must not run")


def test_an_existing_directory_is_replaced_on_request(tmp_path: Path) -> None:
    target = tmp_path / "demo.h3ae"
    target.mkdir()
    (target / "old").touch()
    with atomic_directory(target, replace=True) as temporary:
        (temporary / "new").touch()
        assert names(target) == ["old"]
    assert names(target) == ["new"]
    assert names(tmp_path) == ["demo.h3ae"]


@pytest.mark.parametrize("failure", [ValueError("no"), KeyboardInterrupt(), SystemExit(1)])
def test_an_interrupted_directory_leaves_the_old_one(
    tmp_path: Path, failure: BaseException
) -> None:
    target = tmp_path / "demo.h3ae"
    target.mkdir()
    (target / "old").touch()
    with pytest.raises(type(failure)), atomic_directory(target, replace=True) as temporary:
        end_early(temporary / "half", failure)
    assert names(target) == ["old"]
    assert names(tmp_path) == ["demo.h3ae"]


@pytest.mark.parametrize("failure", [FULL, KeyboardInterrupt()])
def test_an_end_between_the_two_moves_brings_the_old_one_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    target = tmp_path / "demo.h3ae"
    target.mkdir()
    (target / "old").touch()
    move = Path.replace

    def second_move_fails(self: Path, to: Path) -> Path:
        if Path(to) == target and self.name != "old":
            raise failure
        return move(self, to)

    monkeypatch.setattr(Path, "replace", second_move_fails)
    wanted = H3AEError if isinstance(failure, OSError) else type(failure)
    with pytest.raises(wanted), atomic_directory(target, replace=True) as temporary:
        (temporary / "new").touch()
    assert names(target) == ["old"]
    assert names(tmp_path) == ["demo.h3ae"]


def test_the_old_directory_is_kept_aside_where_it_cannot_return(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "demo.h3ae"
    target.mkdir()
    (target / "old").touch()
    move = Path.replace

    def nothing_returns(self: Path, to: Path) -> Path:
        if Path(to) == target:
            raise FULL
        return move(self, to)

    monkeypatch.setattr(Path, "replace", nothing_returns)
    with pytest.raises(H3AEError), atomic_directory(target, replace=True):
        pass
    (aside,) = tmp_path.glob(".demo.h3ae.*/old")
    assert names(aside) == ["old"]


def test_writers_of_one_name_do_not_meet(tmp_path: Path) -> None:
    target = tmp_path / "clip.mp4"
    started = threading.Barrier(4)

    def write(text: bytes) -> None:
        with atomic_file(target) as temporary:
            started.wait()
            temporary.write_bytes(text * 10_000)

    threads = [threading.Thread(target=write, args=(bytes([65 + n]),)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(target.read_bytes())) == 1
    assert names(tmp_path) == ["clip.mp4"]


def test_an_impossible_place_is_refused_before_any_work(tmp_path: Path) -> None:
    check_place(tmp_path / "new" / "folders" / "out.h3ae")
    assert names(tmp_path) == []
    (tmp_path / "file").touch()
    with pytest.raises(H3AEError, match="Not a directory"):
        check_place(tmp_path / "file" / "new" / "out.h3ae")
    with pytest.raises(H3AEError, match="too long"):
        check_place(tmp_path / ("a" * 300) / "out.h3ae")
