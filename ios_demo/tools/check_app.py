#!/usr/bin/env python3
"""Check the committed Xcode project and the app's strings, without Xcode.

    ios_demo/tools/check_app.py [FOLDER OF THE APP]

Xcode itself has not opened the project where this runs. What is checked: that the project file
parses, that everything it refers to is there (objects, files, products of the package), that the
scheme names its targets, that the identifiers are those of `docs/profiling.md` unless
`Local.xcconfig` names others, and that every text in the sources is in the string catalogue, in
English and German.
"""

from __future__ import annotations

import json
import re
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

Value: TypeAlias = "str | list[Value] | dict[str, Value]"
Objects = dict[str, dict[str, Value]]

IDENTIFIER = re.compile(r"[0-9A-F]{24}")
BUNDLE_IDENTIFIER = "dev.h3ae.demo"
# What whoever signs the app may replace, since settings of a target beat those of the project.
IDENTIFIERS = ["$(H3AE_ID)"] * 2 + ["$(H3AE_ID).tests"] * 2
LANGUAGES = ("de",)


class OpenStepError(ValueError):
    """A property list in the old format that does not parse."""


def parse_openstep(text: str) -> Value:
    """Parse a property list in the format of `.pbxproj` files.

    Raises
    ------
    OpenStepError
        With the line at fault.
    """
    tokens = list(_tokens(text))
    value, position = _value(tokens, 0)
    if position != len(tokens):
        raise OpenStepError(f"line {tokens[position][1]}: something follows the end")
    return value


_TOKEN = re.compile(
    r'/\*.*?\*/|//[^\n]*|\s+|(?P<quoted>"(?:\\.|[^"\\])*")|(?P<word>[\w./$-]+)|(?P<mark>[{}();=,])',
    re.DOTALL | re.ASCII,
)


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    position, line = 0, 1
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise OpenStepError(f"line {line}: {text[position]!r} begins nothing")
        if match.lastgroup is not None:
            yield match.group(), line
        line += match.group().count("\n")
        position = match.end()


def _value(tokens: list[tuple[str, int]], position: int) -> tuple[Value, int]:
    token, line = _at(tokens, position)
    if token == "{":
        return _dictionary(tokens, position + 1)
    if token == "(":
        return _array(tokens, position + 1)
    if token in "});=,":
        raise OpenStepError(f"line {line}: {token!r} where a value was expected")
    if token.startswith('"'):
        return re.sub(r"\\(.)", r"\1", token[1:-1]), position + 1
    return token, position + 1


def _dictionary(tokens: list[tuple[str, int]], position: int) -> tuple[Value, int]:
    result: dict[str, Value] = {}
    while _at(tokens, position)[0] != "}":
        key, line = _at(tokens, position)
        value, position = _value(tokens, _expect(tokens, position + 1, "="))
        position = _expect(tokens, position, ";")
        name = key.strip('"')
        if name in result:
            raise OpenStepError(f"line {line}: {name} is there twice")
        result[name] = value
    return result, position + 1


def _array(tokens: list[tuple[str, int]], position: int) -> tuple[Value, int]:
    result: list[Value] = []
    while _at(tokens, position)[0] != ")":
        value, position = _value(tokens, position)
        result.append(value)
        if _at(tokens, position)[0] != ")":
            position = _expect(tokens, position, ",")
    return result, position + 1


def _at(tokens: list[tuple[str, int]], position: int) -> tuple[str, int]:
    if position >= len(tokens):
        raise OpenStepError("it ends in the middle")
    return tokens[position]


def _expect(tokens: list[tuple[str, int]], position: int, mark: str) -> int:
    token, line = _at(tokens, position)
    if token != mark:
        raise OpenStepError(f"line {line}: {token!r} where {mark!r} was expected")
    return position + 1


def check_project(app: Path) -> list[str]:
    """Return what is wrong with the project, in sentences."""
    project = app / "H3AEDemo.xcodeproj"
    try:
        root = parse_openstep((project / "project.pbxproj").read_text(encoding="utf-8"))
    except OpenStepError as error:
        return [f"project.pbxproj: {error}"]
    objects = root.get("objects") if isinstance(root, dict) else None
    if not isinstance(root, dict) or not isinstance(objects, dict):
        return ["project.pbxproj holds no objects"]
    known: Objects = {key: one for key, one in objects.items() if isinstance(one, dict)}
    return [
        *_dangling(root, known),
        *_missing_files(known, app),
        *_missing_products(known, app.parent / "Package.swift"),
        *_settings(known),
        *_identifiers(app, known),
        *_schemes(project, known),
    ]


def _dangling(root: dict[str, Value], objects: Objects) -> Iterator[str]:
    rest = [value for key, value in root.items() if key != "objects"]
    used = {text for value in [*rest, *objects.values()] for text in _texts(value)}
    references = {text for text in used if IDENTIFIER.fullmatch(text)}
    for identifier in sorted(references - objects.keys()):
        yield f"{identifier} refers to no object"
    for identifier in sorted(objects.keys() - references):
        yield f"nothing refers to {identifier} ({objects[identifier].get('isa')})"
    for identifier, one in objects.items():
        if not isinstance(one.get("isa"), str):
            yield f"{identifier} has no isa"


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    else:
        yield from value
        for one in value.values():
            yield from _texts(one)


def _missing_files(objects: Objects, app: Path) -> Iterator[str]:
    for one in objects.values():
        isa, path = one.get("isa"), one.get("path")
        on_disk = isa in ("PBXFileReference", "PBXFileSystemSynchronizedRootGroup")
        if on_disk and one.get("sourceTree") == "<group>" and not (app / str(path)).exists():
            yield f"{path} is not there"
        if isa == "XCLocalSwiftPackageReference":
            folder = app / str(one.get("relativePath"))
            if not (folder / "Package.swift").is_file():
                yield f"{folder} is no Swift package"
        settings = one.get("buildSettings")
        if isinstance(settings, dict):
            entitlements = settings.get("CODE_SIGN_ENTITLEMENTS")
            if entitlements is not None and not (app / str(entitlements)).is_file():
                yield f"{entitlements} is not there"


def _missing_products(objects: Objects, package: Path) -> Iterator[str]:
    offered = set(re.findall(r'\.library\(name: "(\w+)"', package.read_text(encoding="utf-8")))
    for one in objects.values():
        if one.get("isa") == "XCSwiftPackageProductDependency":
            name = one.get("productName")
            if name not in offered:
                yield f"the package offers no product {name}"


def _settings(objects: Objects) -> Iterator[str]:
    settings = [one["buildSettings"] for one in objects.values() if "buildSettings" in one]
    app = [one for one in settings if isinstance(one, dict) and "CODE_SIGN_ENTITLEMENTS" in one]
    if len(app) != 2:
        yield f"the app has {len(app)} configurations, not Debug and Release"
    wanted = {
        "INFOPLIST_KEY_UIFileSharingEnabled": "YES",
        "INFOPLIST_KEY_LSSupportsOpeningDocumentsInPlace": "YES",
    }
    for one in app:
        for key, value in wanted.items():
            if one.get(key) != value:
                yield f"{key} of the app is {one.get(key)}, not {value}"
        if not one.get("INFOPLIST_KEY_NSPhotoLibraryAddUsageDescription"):
            yield "the app does not say why it adds to the photo library"


def _identifiers(app: Path, objects: Objects) -> Iterator[str]:
    settings = [one["buildSettings"] for one in objects.values() if "buildSettings" in one]
    found = [
        str(one["PRODUCT_BUNDLE_IDENTIFIER"])
        for one in settings
        if isinstance(one, dict) and "PRODUCT_BUNDLE_IDENTIFIER" in one
    ]
    if sorted(found) != sorted(IDENTIFIERS):
        yield f"the targets are {', '.join(sorted(found))}, not {', '.join(IDENTIFIERS)}"
    signing = app / "Signing.xcconfig"
    text = signing.read_text(encoding="utf-8") if signing.is_file() else ""
    default, include, _ = text.partition('#include? "Local.xcconfig"')
    if not include or f"\nH3AE_ID = {BUNDLE_IDENTIFIER}\n" not in default:
        yield f"Signing.xcconfig does not say {BUNDLE_IDENTIFIER} before it includes Local.xcconfig"


def _schemes(project: Path, objects: Objects) -> Iterator[str]:
    for scheme in sorted(project.glob("xcshareddata/xcschemes/*.xcscheme")):
        for reference in ElementTree.parse(scheme).iter("BuildableReference"):
            target = objects.get(reference.get("BlueprintIdentifier", ""), {})
            if target.get("name") != reference.get("BlueprintName"):
                yield f"{scheme.name} names no target {reference.get('BlueprintName')}"


_LITERAL = r"(\"(?:\\.|[^\"\\])*\")"
_CALLS = (
    r"\b(?:Text|Label|Button|Section|Tab|Picker|Stepper|ProgressView|LabeledContent|ShareLink"
    r"|ContentUnavailableView|navigationTitle|confirmationDialog|accessibilityLabel"
    r"|accessibilityValue|String)\(\s*"
)
# Texts that SwiftUI looks up: the first argument of these, a literal or a choice of two.
_LOOKED_UP = re.compile(rf"{_CALLS}(?:localized:\s*)?{_LITERAL}")
_CHOICE = re.compile(rf"{_CALLS}[^()\"]*\? {_LITERAL} : {_LITERAL}")
# A property that gives a key, up to the end of its indented block.
_KEYS = re.compile(
    r"^( *)[\w ]*var \w+: LocalizedStringKey \{\n(.*?)^\1\}", re.DOTALL | re.MULTILINE
)
# What H3AEDemoCore names and the app looks up.
_NAMES = re.compile(r"(?:Figure\(\s*name: |FigureGroup\(\s*title: |progress\()(\"[^\"]+\")")


def check_strings(app: Path) -> list[str]:
    """Return texts without an entry in the catalogue, entries without a text or a translation."""
    catalogue = json.loads((app / "H3AEDemo/Localizable.xcstrings").read_text(encoding="utf-8"))
    entries = catalogue["strings"]
    used = _used(app)
    problems = [f"{key!r} is not in the catalogue" for key in sorted(used - entries.keys())]
    for key, entry in entries.items():
        manual = entry.get("extractionState") == "manual"
        if key not in used and not manual:
            problems.append(f"nothing uses {key!r}")
        for language in LANGUAGES:
            for unit in _units(entry.get("localizations", {}).get(language, {})):
                if unit.get("state") != "translated" or not unit.get("value"):
                    problems.append(f"{key!r} is not translated to {language}")
                elif _formats(unit["value"]) > _formats(key):
                    problems.append(f"{key!r} in {language} takes more values than in English")
            if language not in entry.get("localizations", {}):
                problems.append(f"{key!r} is not translated to {language}")
    return problems


def _units(entry: dict[str, dict[str, object]]) -> Iterator[dict[str, str]]:
    for key, value in entry.items():
        if key == "stringUnit":
            yield value  # type: ignore[misc]
        elif isinstance(value, dict):
            yield from _units(value)  # type: ignore[arg-type]


def _formats(text: str) -> int:
    return len(re.findall(r"%(?:\d\$)?(?:lld|@)", text))


def _used(app: Path) -> set[str]:
    used: set[str] = set()
    for file in app.glob("H3AEDemo/**/*.swift"):
        text = file.read_text(encoding="utf-8")
        used |= {_key(match) for match in _LOOKED_UP.findall(text)}
        used |= {_key(one) for pair in _CHOICE.findall(text) for one in pair}
        for _, body in _KEYS.findall(text):
            used |= {_key(match) for match in re.findall(_LITERAL, body)}
    for file in (app.parent / "Sources/H3AEDemoCore").glob("*.swift"):
        text = file.read_text(encoding="utf-8")
        used |= {match.strip('"') for match in _NAMES.findall(text)}
    return used - {""}


def _key(literal: str) -> str:
    r"""Return the key of a literal: `\(n)` becomes %lld, a name or `.formatted()` %@."""
    key = literal[1:-1]
    while (start := key.find("\\(")) >= 0:
        depth, end = 1, start + 2
        while depth:
            depth += {"(": 1, ")": -1}.get(key[end], 0)
            end += 1
        inside = key[start + 2 : end - 1]
        key = key[:start] + ("%@" if re.search("formatted|name", inside) else "%lld") + key[end:]
    return key


def main() -> int:
    """Print what is wrong; return the exit code."""
    app = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "App"
    problems = check_project(app) + check_strings(app)
    for problem in problems:
        sys.stderr.write(f"check_app: {problem}\n")
    verdict = f"{len(problems)} problems" if problems else "ok"
    sys.stdout.write(f"check_app: {verdict}\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
