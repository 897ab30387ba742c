from __future__ import annotations

import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

import h3ae_mobile

ROOT = Path(__file__).parents[1]
PACKAGES = {"h3ae_mobile", "h3ae_export", "h3ae_profiling"}
HEAVY = (
    "torch", "av", "PIL", "executorch", "torchao", "coremltools",
    "onnx", "onnxruntime", "onnxscript", "coreai", "coreai_torch", "matplotlib",
)  # fmt: skip


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", str(ROOT), "--wheel-dir", str(folder)),
            *("--no-deps", "--no-build-isolation", "--no-index", "--quiet"),
        ],
        check=True,
    )
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def metadata_file(wheel: zipfile.ZipFile, name: str) -> str:
    return wheel.read(f"h3ae_mobile-{h3ae_mobile.__version__}.dist-info/{name}").decode()


def test_wheel_holds_the_three_packages_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES


def test_wheel_carries_what_is_not_python(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    assert {f"{package}/py.typed" for package in PACKAGES} <= names
    data = {
        path.relative_to(ROOT).as_posix()
        for pattern in ("*.safetensors", "*.json")
        for path in (ROOT / "h3ae_mobile").rglob(pattern)
    }
    assert data <= names
    assert not [name for name in names if "__pycache__" in name]


def test_wheel_metadata(wheel: zipfile.ZipFile) -> None:
    metadata = Parser().parsestr(metadata_file(wheel, "METADATA"))
    assert metadata["Name"] == "h3ae-mobile"
    assert metadata["Version"] == h3ae_mobile.__version__
    assert metadata["License-Expression"] == "Apache-2.0"
    extras = set(metadata.get_all("Provides-Extra", []))
    assert {"executorch", "onnx", "coreml", "coreai", "train", "evaluate", "all"} <= extras
    scripts = metadata_file(wheel, "entry_points.txt")
    assert "h3ae = h3ae_mobile.cli:main" in scripts
    assert "h3ae-export = h3ae_export.cli:main" in scripts
    assert "h3ae-profile = h3ae_profiling.cli:main" in scripts


@pytest.mark.parametrize(
    ("modules", "allowed"),
    [
        ("h3ae_mobile, h3ae_mobile.bundle, h3ae_mobile.decoder, h3ae_mobile.engines.registry", ()),
        ("h3ae_mobile.commandline, h3ae_mobile.latents, h3ae_profiling.cli", ()),
        ("h3ae_mobile.cli", ("av", "PIL")),
        ("h3ae_export.cli, h3ae_export.targets.registry", ("av", "PIL", "torch")),
    ],
)
def test_import_is_light(modules: str, allowed: tuple[str, ...]) -> None:
    code = f"import sys, {modules}\nprint(*(name for name in {HEAVY!r} if name in sys.modules))"
    found = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT
    )
    assert set(found.stdout.split()) <= set(allowed)


def test_packages_resolve_outside_the_checkout(tmp_path: Path) -> None:
    code = "import h3ae_mobile, h3ae_export, h3ae_profiling"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)


def test_changelog_knows_the_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert "## [Unreleased]" in changelog or f"## [{h3ae_mobile.__version__}]" in changelog
