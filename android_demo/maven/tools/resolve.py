"""Resolve dependencies as Gradle does (highest version wins, platforms act) into a flat lock.

Usage: resolve.py SOURCE LOCK

SOURCE has one `[test] group:name[:version]` a line and `bom group:name:version` for platforms.
LOCK gets `scope group:name:version type`: `api` is on the compile class path of the app, `run`
only there at run time, `test` in tests alone.
"""

from __future__ import annotations

import concurrent.futures
import re
import sys
from pathlib import Path

from locations import say
from metadata import Dependency, Module, Variant, platform, variant

# Words in versions, by rank: an unnamed word is below a release candidate.
WORDS = {"dev": -1, "rc": 1, "snapshot": 2, "final": 3, "ga": 4, "release": 5, "sp": 6}

Versions = dict[Module, str]


def rank(version: str) -> tuple:
    """Return a key in Gradle's order of versions: numbers beat words, a release its candidates."""
    parts = re.findall(r"\d+|[a-zA-Z]+", version)
    numbered = [
        (2, int(p), "") if p.isdigit() else (0, WORDS.get(p.lower(), 0), p.lower()) for p in parts
    ]
    return (*numbered, (1, 0, ""))


class Resolution:
    """One walk over a graph of modules, repeated until no version changes any more."""

    def __init__(self, usage: str, constraints: Versions, pins: Versions | None = None) -> None:
        self.usage = usage
        self.constraints = dict(constraints)
        self.pinned = pins is not None
        self.chosen: Versions = dict(pins or {})
        self.changed = False
        self._pool = concurrent.futures.ThreadPoolExecutor(24)

    def run(self, roots: list[Dependency]) -> dict[Module, tuple[str, str]]:
        """Return version and file type of every module that the roots lead to."""
        while True:
            self.changed = False
            found = self._walk(roots)
            for module in found:
                self._want(module, self.constraints.get(module))
            if not self.changed:
                break
        missing = [":".join((*m, self.chosen.get(m, "?"))) for m, v in found.items() if v is None]
        if missing:
            sys.exit("the Maven repository has no " + ", ".join(missing))
        return {module: (self.chosen[module], one.type) for module, one in found.items() if one}

    def _walk(self, roots: list[Dependency]) -> dict[Module, Variant | None]:
        found: dict[Module, Variant | None] = {}
        level = roots
        for root in roots:
            self._want(root.module, root.version)
        while level:
            level = [one for one in dict.fromkeys(level) if one.module not in found]
            for one in level:
                found[one.module] = None
                self._want(one.module, self.constraints.get(one.module))
            level = [
                beneath
                for one, read in [(one, self._read(one.module)) for one in level]
                for beneath in self._below(one, read.result(), found)
            ]
        return found

    def _read(self, module: Module) -> concurrent.futures.Future:
        return self._pool.submit(variant, *module, self.chosen[module], self.usage)

    def _below(self, one: Dependency, read: Variant | None, found: dict) -> list[Dependency]:
        found[one.module] = read
        if read is None:
            return []
        for constraint in read.constraints:
            known = self.constraints.get(constraint.module, "0")
            if constraint.version and rank(constraint.version) > rank(known):
                self.constraints[constraint.module] = constraint.version
        kept = [d for d in read.dependencies if not _excluded(d.module, one.excludes)]
        for entry in kept:
            self._want(entry.module, entry.version or self.constraints.get(entry.module))
        known = [d for d in kept if d.module in self.chosen]
        return [Dependency(d.module, d.version, one.excludes | d.excludes) for d in known]

    def _want(self, module: Module, version: str | None) -> None:
        if self.pinned or version is None:
            return
        if module not in self.chosen or rank(version) > rank(self.chosen[module]):
            self.chosen[module] = version
            self.changed = True


def _excluded(module: Module, excludes: frozenset[Module]) -> bool:
    return any(g in ("*", module[0]) and a in ("*", module[1]) for g, a in excludes)


def resolve(source: Path, lock: Path) -> None:
    """Write the lock of a list of dependencies."""
    declared: dict[str, list[Dependency]] = {"main": [], "test": [], "bom": []}
    for line in source.read_text().splitlines():
        words = line.split("#")[0].split()
        if words:
            kind = words[0] if len(words) > 1 else "main"
            group, artifact, version = [*words[-1].split(":"), None][:3]
            declared[kind].append(Dependency((group, artifact), version))
    constraints = {
        entry.module: entry.version
        for bom in declared["bom"]
        for entry in platform(*bom.module, bom.version or "")
        if entry.version
    }
    main, test = declared["main"], declared["test"]
    # The app is resolved alone: with its tests beside it, it would get an empty placeholder of
    # listenablefuture that one of theirs asks for, and R8 would miss the class.
    run = Resolution("java-runtime", constraints).run(main)
    pins = {module: version for module, (version, _) in run.items()}
    api = Resolution("java-api", constraints, pins).run(main)
    everything = Resolution("java-runtime", constraints).run(main + test) if test else run
    everything = {**everything, **run}
    rows = [
        f"{'api ' if m in api else 'run ' if m in run else 'test'} {':'.join((*m, v))} {kind}\n"
        for m, (v, kind) in sorted(everything.items())
        if kind in ("aar", "jar")
    ]
    lock.write_text("".join(rows))
    say(f"{lock.name}: {len(rows)} artifacts")


if __name__ == "__main__":
    resolve(*(Path(argument) for argument in sys.argv[1:]))
