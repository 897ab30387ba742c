"""What a repository says of a module: Gradle's module metadata, or the POM where there is none."""

from __future__ import annotations

import functools
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field

import repository

NAMESPACE = "{http://maven.apache.org/POM/4.0.0}"
# Packagings whose file has another extension, or none.
EXTENSIONS = {"bundle": "jar", "pom": "", "maven-plugin": "jar"}

Module = tuple[str, str]
Excludes = frozenset[Module]


@dataclass(frozen=True)
class Dependency:
    """What a module asks for; `version` may be left to a platform."""

    module: Module
    version: str | None
    excludes: Excludes = frozenset()


@dataclass(frozen=True)
class Variant:
    """One way to use a module: its file's type, what it needs, what it constrains."""

    type: str
    dependencies: tuple[Dependency, ...]
    constraints: tuple[Dependency, ...] = ()


@dataclass
class Pom:
    """A POM with its parents and imports folded in."""

    packaging: str = "jar"
    properties: dict[str, str] = field(default_factory=dict)
    managed: dict[Module, tuple[str, str]] = field(default_factory=dict)
    # Dependency and scope.
    dependencies: list[tuple[Dependency, str]] = field(default_factory=list)


def plain(version: object) -> str | None:
    """Return the version that a rich version or a range prefers."""
    if isinstance(version, dict):
        version = version.get("strictly") or version.get("requires") or version.get("prefers")
    text = str(version or "").strip()
    if text[:1] in ("[", "("):
        low, _, high = text[1:-1].partition(",")
        text = (high or low).strip()
    return text or None


@functools.cache
def pom(group: str, artifact: str, version: str) -> Pom | None:
    """Read a POM; None if the repository has none."""
    raw = repository.get(repository.path(group, artifact, version, "pom"))
    if raw is None:
        return None
    root = ET.fromstring(raw)
    found, space = Pom(), NAMESPACE if root.tag.startswith("{") else ""

    def text(element: ET.Element | None, name: str) -> str:
        value = "" if element is None else (element.findtext(space + name) or "").strip()
        for _ in range(5):
            value = re.sub(r"\$\{([^}]+)\}", lambda m: found.properties.get(m[1], m[0]), value)
        return value

    parent = root.find(space + "parent")
    if parent is not None:
        above = pom(*(text(parent, name) for name in ("groupId", "artifactId", "version")))
        if above is not None:
            found.properties.update(above.properties)
            found.managed.update(above.managed)
            found.dependencies += above.dependencies
    for element in root.findall(f"{space}properties/*"):
        found.properties[element.tag.replace(space, "")] = (element.text or "").strip()
    for prefix in ("project.", "pom.", ""):
        found.properties[prefix + "version"] = version
    found.properties |= {"project.groupId": group, "project.artifactId": artifact}
    found.packaging = text(root, "packaging") or "jar"
    managed = f"{space}dependencyManagement/{space}dependencies/{space}dependency"
    for element in root.findall(managed):
        module = text(element, "groupId"), text(element, "artifactId")
        wanted, scope = text(element, "version"), text(element, "scope")
        if scope == "import":
            imported = pom(*module, wanted)
            if imported is not None:
                found.managed = {**imported.managed, **found.managed}
        else:
            found.managed[module] = (wanted, scope)
    for element in root.findall(f"{space}dependencies/{space}dependency"):
        if text(element, "optional") == "true" or text(element, "classifier"):
            continue
        module = text(element, "groupId"), text(element, "artifactId")
        wanted, scope = found.managed.get(module, ("", ""))
        excludes = frozenset(
            (text(one, "groupId"), text(one, "artifactId"))
            for one in element.findall(f"{space}exclusions/{space}exclusion")
        )
        chosen = plain(text(element, "version") or wanted)
        entry = Dependency(module, chosen, excludes)
        found.dependencies.append((entry, text(element, "scope") or scope or "compile"))
    return found


def platform(group: str, artifact: str, version: str) -> list[Dependency]:
    """Return what a BOM constrains."""
    bom = pom(group, artifact, version)
    managed = {} if bom is None else bom.managed
    return [Dependency(module, plain(wanted)) for module, (wanted, _) in managed.items() if wanted]


@functools.cache
def variant(group: str, artifact: str, version: str, usage: str) -> Variant | None:
    """Return how an Android app uses a module (`java-api`, `java-runtime`); None: no module."""
    raw = repository.get(repository.path(group, artifact, version, "module"))
    if raw is not None:
        rated = [
            (_fit(one.get("attributes", {}), usage), one) for one in json.loads(raw)["variants"]
        ]
        fitting = [(rating, one) for rating, one in rated if rating is not None]
        if fitting:
            return _from_gradle(max(fitting, key=lambda pair: pair[0])[1])
    found = pom(group, artifact, version)
    if found is None:
        return None
    scopes = ("compile",) if usage == "java-api" else ("compile", "runtime")
    kept = tuple(entry for entry, scope in found.dependencies if scope in scopes)
    return Variant(EXTENSIONS.get(found.packaging, found.packaging), kept)


def _fit(attributes: dict[str, str], usage: str) -> int | None:
    """Rate a variant for an Android consumer; None if it does not fit."""
    kind = attributes.get("org.jetbrains.kotlin.platform.type", "")
    environment = attributes.get("org.gradle.jvm.environment", "")
    fits = (
        attributes.get("org.gradle.category", "library") == "library"
        and attributes.get("org.gradle.usage", "") in (usage, usage + "-jars")
        and kind in ("", "androidJvm", "jvm")
        and environment in ("", "android", "standard-jvm")
        and attributes.get("org.gradle.dependency.bundling", "external") == "external"
    )
    release = attributes.get("com.android.build.api.attributes.BuildTypeAttr") == "release"
    return (kind == "androidJvm") * 4 + (environment == "android") * 2 + release if fits else None


def _from_gradle(one: dict) -> Variant:
    elsewhere = one.get("available-at")
    if elsewhere:
        module = elsewhere["group"], elsewhere["module"]
        return Variant("", (Dependency(module, elsewhere["version"]),))
    files = one.get("files", [])
    dependencies, constraints = [], [_entry(e) for e in one.get("dependencyConstraints", [])]
    for raw in one.get("dependencies", []):
        if raw.get("attributes", {}).get("org.gradle.category") == "platform":
            constraints += platform(raw["group"], raw["module"], plain(raw.get("version")) or "")
        else:
            dependencies.append(_entry(raw))
    kind = files[0]["name"].rsplit(".", 1)[-1] if files else ""
    return Variant(kind, tuple(dependencies), tuple(constraints))


def _entry(raw: dict) -> Dependency:
    excludes = frozenset((e["group"], e["module"]) for e in raw.get("excludes", []))
    return Dependency((raw["group"], raw["module"]), plain(raw.get("version")), excludes)
