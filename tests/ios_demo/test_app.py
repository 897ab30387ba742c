"""The check of the demo app's project finds nothing here, and finds what is wrong elsewhere."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

IOS_DEMO = Path(__file__).parents[2] / "ios_demo"


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_app", IOS_DEMO / "tools/check_app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


check = load()


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A copy of what the check looks at."""
    for folder in ("App", "DeviceTests", "Sources/H3AEDemoCore"):
        ignore = shutil.ignore_patterns("*.h3ae", "xcuserdata")
        shutil.copytree(IOS_DEMO / folder, tmp_path / folder, ignore=ignore)
    shutil.copy(IOS_DEMO / "Package.swift", tmp_path)
    return tmp_path / "App"


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_committed_app() -> None:
    assert check.check_project(IOS_DEMO / "App") == []
    assert check.check_strings(IOS_DEMO / "App") == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("rootObject = ", "rootObject = F", "refers to no object"),
        ("archiveVersion = 1;", "archiveVersion = 1", "expected"),
        ('"$(H3AE_ID)"', '"dev.h3ae.demo"', "the targets are $(H3AE_ID).tests"),
        ("productName = H3AEVideo;", "productName = H3AEViedo;", "no product H3AEViedo"),
        ("path = Signing.xcconfig;", "path = Other.xcconfig;", "Other.xcconfig is not there"),
        ('"../DeviceTests"', '"../Tests"', "Tests is not there"),
    ],
)
def test_broken_project(app: Path, old: str, new: str, told: str) -> None:
    project = app / "H3AEDemo.xcodeproj/project.pbxproj"
    if old == "rootObject = ":
        text = project.read_text(encoding="utf-8")
        identifier = text.split("rootObject = ")[1][:24]
        edit(project, f"rootObject = {identifier}", f"rootObject = {'0' * 24}")
    else:
        edit(project, old, new)
    problems = check.check_project(app)
    assert any(told in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda app: shutil.rmtree(app / "Bundles"), "Bundles is not there"),
        (
            lambda app: edit(app / "Signing.xcconfig", "H3AE_ID = dev.h3ae.demo\n", ""),
            "does not say dev.h3ae.demo",
        ),
        (lambda app: (app / "H3AEDemo/H3AEDemo.entitlements").unlink(), "entitlements"),
        (
            lambda app: edit(
                app / "H3AEDemo.xcodeproj/xcshareddata/xcschemes/H3AEDemo.xcscheme",
                'BlueprintName = "H3AEDemo"',
                'BlueprintName = "Other"',
            ),
            "names no target Other",
        ),
    ],
)
def test_missing_parts(app: Path, change: Callable[[Path], object], told: str) -> None:
    change(app)
    assert any(told in problem for problem in check.check_project(app))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("Studio/StudioView.swift", 'navigationTitle("Studio")', 'navigationTitle("Atelier")'),
        ("Studio/ComparisonView.swift", '? "Pause" : "Play"', '? "Atelier" : "Play"'),
        (
            "Model/InstallingView.swift",
            'case .unpacking: "Unpacking…"',
            'case .unpacking: "Atelier"',
        ),
    ],
)
def test_strings_without_an_entry(app: Path, file: str, old: str, new: str) -> None:
    edit(app / "H3AEDemo" / file, old, new)
    assert "'Atelier' is not in the catalogue" in check.check_strings(app)


def test_untranslated_strings(app: Path) -> None:
    catalogue = app / "H3AEDemo/Localizable.xcstrings"
    edit(catalogue, '"value": "Gesichert"', '"value": ""')
    assert "'Saved' is not translated to de" in check.check_strings(app)


@pytest.mark.parametrize(
    "text", ["{ a = 1; b }", "{ a = (1, 2; }", '{ a = "x; }', "{} {}", "{ @ }"]
)
def test_not_a_property_list(text: str) -> None:
    with pytest.raises(check.OpenStepError):
        check.parse_openstep(text)


def test_property_list() -> None:
    text = '// !$*UTF8*$!\n{ a = (x, "y z",); /* c */ "b-\\"d" = { e = ""; }; }'
    assert check.parse_openstep(text) == {"a": ["x", "y z"], 'b-\\"d': {"e": ""}}
