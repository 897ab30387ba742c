"""Archives travel through the network: nothing in them is believed."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from h3ae_mobile.bundle import Bundle, BundleError, pack, unpack
from h3ae_mobile.errors import H3AEError
from tests.bundle.mutations import BUNDLES

ARCHIVE = BUNDLES / "tiny.h3ae.zip"


def entries(path: Path = ARCHIVE) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def refusal(path: Path, folder: Path, **options: int) -> BundleError:
    with pytest.raises(BundleError) as caught:
        unpack(path, folder, **options)
    assert str(caught.value).isprintable()
    assert not folder.exists() or not list(folder.iterdir())
    return caught.value


def rewrite(path: Path, change: Callable[[zipfile.ZipFile], None], **changes: bytes | None) -> Path:
    """Write the archive again with entries replaced or dropped, then `change` it."""
    content: dict[str, bytes | None] = {**entries(), **changes}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            if data is not None:
                archive.writestr(name, data)
        change(archive)
    return path


def unchanged(_: zipfile.ZipFile) -> None:
    return None


def test_round_trip(tiny: Bundle, tmp_path: Path) -> None:
    archive = pack(tiny)
    assert archive == tmp_path / "tiny.h3ae.zip"
    unpacked = unpack(archive, tmp_path / "there")
    assert unpacked.root == tmp_path / "there" / "tiny.h3ae"
    assert unpacked.manifest == tiny.manifest
    Bundle.open(unpacked.root)


def test_equal_bundles_give_equal_archives(tiny: Bundle, tmp_path: Path) -> None:
    assert pack(tiny, tmp_path / "other.zip").read_bytes() == ARCHIVE.read_bytes()


def test_only_listed_files_are_packed_the_manifest_first(tiny: Bundle) -> None:
    (tiny.root / "private-notes.txt").write_text("secret")
    names = list(entries(pack(tiny)))
    assert names[0] == "tiny.h3ae/manifest.json"
    assert not [name for name in names if "private" in name]


def test_any_unzip_reads_it() -> None:
    with zipfile.ZipFile(ARCHIVE) as archive:
        assert archive.testzip() is None
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}


def test_an_existing_bundle_is_kept_unless_told(tmp_path: Path) -> None:
    unpack(ARCHIVE, tmp_path)
    (tmp_path / "tiny.h3ae" / "note").touch()
    with pytest.raises(BundleError) as caught:
        unpack(ARCHIVE, tmp_path)
    assert caught.value.code == "bundle.exists"
    unpack(ARCHIVE, tmp_path, replace=True)
    assert not (tmp_path / "tiny.h3ae" / "note").exists()


@pytest.mark.parametrize(
    "name",
    [
        "tiny.h3ae/../../evil",
        "../evil",
        "/evil",
        "tiny.h3ae/artifacts/..\\..\\evil",
        "C:/evil",
        "tiny.h3ae/",
        "tiny.h3ae/artifacts/",
        "tiny.h3ae/unlisted",
        "tiny.h3ae/artifacts/unlisted.pte",
        "tiny.h3ae/artifacts/decoder.pte/x",
        "tiny.h3ae/ARTIFACTS/decoder.pte",
        "other.h3ae/artifacts/decoder.pte",
        "__MACOSX/._manifest.json",
        "top",
    ],
)
def test_refuses_entries_that_have_no_business_there(tmp_path: Path, name: str) -> None:
    archive = rewrite(tmp_path / "x.zip", lambda z: z.writestr(name, b"x"))
    assert refusal(archive, tmp_path / "out").code == "archive.unsafe"
    assert not list(tmp_path.rglob("*evil*"))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_refuses_duplicates(tmp_path: Path) -> None:
    archive = rewrite(tmp_path / "x.zip", lambda z: z.writestr("tiny.h3ae/manifest.json", b"{}"))
    assert refusal(archive, tmp_path / "out").code == "archive.unsafe"


def test_refuses_links(tmp_path: Path) -> None:
    def link(archive: zipfile.ZipFile) -> None:
        entry = zipfile.ZipInfo("tiny.h3ae/artifacts/decoder_frame.mlpackage/link")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, b"/etc/passwd")

    archive = rewrite(tmp_path / "x.zip", link)
    assert refusal(archive, tmp_path / "out").code == "archive.unsafe"


def test_refuses_compressed_entries(tmp_path: Path) -> None:
    def bomb(archive: zipfile.ZipFile) -> None:
        name = "tiny.h3ae/artifacts/decoder_frame.mlpackage/zeros"
        archive.writestr(name, bytes(10**6), zipfile.ZIP_DEFLATED)

    archive = rewrite(tmp_path / "x.zip", bomb)
    assert refusal(archive, tmp_path / "out").code == "archive.unsafe"


def test_refuses_more_than_it_is_told_to_write(tmp_path: Path) -> None:
    error = refusal(ARCHIVE, tmp_path / "out", max_bytes=1000)
    assert error.code == "archive.size"


def test_refuses_too_many_entries(tmp_path: Path) -> None:
    def flood(archive: zipfile.ZipFile) -> None:
        for index in range(10_001):
            archive.writestr(f"tiny.h3ae/artifacts/decoder_frame.mlpackage/{index}", b"")

    archive = rewrite(tmp_path / "x.zip", flood)
    assert refusal(archive, tmp_path / "out").code == "archive.size"


def test_refuses_overlapping_entries(tmp_path: Path) -> None:
    """A thousand names for the same bytes: small as an archive, large on the disk."""
    buffer = io.BytesIO()
    name = "tiny.h3ae/artifacts/decoder_frame.mlpackage/w"
    with zipfile.ZipFile(buffer, "w") as archive:
        for entry, data in entries().items():
            archive.writestr(entry, data)
        archive.writestr(f"{name}0000", bytes(10_000))
        first = archive.getinfo(f"{name}0000")
        for index in range(1, 1000):
            copy = zipfile.ZipInfo(f"{name}{index:04d}")
            copy.file_size = copy.compress_size = first.file_size
            copy.CRC, copy.header_offset = first.CRC, first.header_offset
            archive.filelist.append(copy)
            archive.NameToInfo[copy.filename] = copy
    path = tmp_path / "x.zip"
    path.write_bytes(buffer.getvalue())
    assert refusal(path, tmp_path / "out").code in ("archive.size", "archive.format")


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("manifest.json", None, "manifest.missing"),
        ("manifest.json", b"{}", "manifest.version"),
        ("artifacts/decoder.pte", None, "artifact.missing"),
        ("artifacts/decoder.pte", b"bad bytes!", "artifact.hash"),
        ("artifacts/decoder.pte", b"", "artifact.size"),
        ("golden/frames.safetensors", None, "golden.missing"),
    ],
)
def test_refuses_archives_of_bad_bundles(
    tmp_path: Path, name: str, data: bytes | None, code: str
) -> None:
    archive = rewrite(tmp_path / "x.zip", unchanged, **{f"tiny.h3ae/{name}": data})
    assert refusal(archive, tmp_path / "out").code == code


def test_the_bundle_is_named_by_its_manifest_not_by_the_archive(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in entries().items():
            archive.writestr(name.replace("tiny.h3ae", "other.h3ae"), data)
    assert unpack(path, tmp_path / "out").root == tmp_path / "out" / "tiny.h3ae"


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x05\x06" + bytes(18)])
def test_refuses_what_is_no_archive(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    assert refusal(path, tmp_path / "out").code in ("archive.format", "archive.unsafe")


def test_refuses_places_without_an_archive(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nothing.zip", tmp_path / "out").code == "archive.format"
    assert refusal(tmp_path, tmp_path / "out").code == "archive.format"


@given(data=st.data())
@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_fuzz(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Whatever happens to the bytes: the right bundle, or one line and nothing on the disk."""
    content = bytearray(ARCHIVE.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        # Most interesting bytes are in the headers, near the end.
        near_end = data.draw(st.booleans())
        low = len(content) - 1200 if near_end else 0
        content[data.draw(st.integers(low, len(content) - 1))] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content))) :]
    folder = tmp_path_factory.mktemp("fuzz")
    path = folder / "x.zip"
    path.write_bytes(content)
    bundle, error = None, None
    try:
        bundle = unpack(path, folder / "out")
    except H3AEError as caught:
        error = caught
    if bundle is not None:
        Bundle.open(bundle.root)
    else:
        assert str(error).isprintable()
        assert not (folder / "out").exists() or not list((folder / "out").iterdir())
