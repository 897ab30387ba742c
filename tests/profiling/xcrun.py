"""A stand-in for `xcrun`: devicectl and xcresulttool as their documentation has them.

Run as a script. Its state lies in the folder that XCRUN_STATE names: `devices.json` is what
`list devices` answers with, `container/` an app's data, `apps` the installed ones, `broken` a
device that launches nothing, `app.json` what the app leaves when it is launched, `attachments/`
what a result bundle holds.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

STATE = Path(os.environ["XCRUN_STATE"])


def option(words: list[str], name: str) -> str:
    return words[words.index(name) + 1]


def answer(words: list[str], result: dict[str, object]) -> int:
    document = {"info": {"jsonVersion": 2, "outcome": "success"}, "result": result}
    Path(option(words, "--json-output")).write_text(json.dumps(document))
    return 0


def refuse(words: list[str], reason: str) -> int:
    inner = {"userInfo": {"NSLocalizedDescription": {"string": reason}}}
    error = {
        "code": 7000,
        "domain": "com.apple.dt.CoreDeviceError",
        "userInfo": {
            "NSLocalizedDescription": {"string": "The operation failed."},
            "NSUnderlyingError": {"error": inner},
        },
    }
    document = {"error": error, "info": {"outcome": "failed"}}
    Path(option(words, "--json-output")).write_text(json.dumps(document))
    return 1


def devicectl(words: list[str]) -> int:
    verbs = " ".join(words[:3])
    apps = (STATE / "apps").read_text().split()
    broken = (STATE / "broken").read_text()
    if words[:2] == ["list", "devices"]:
        return answer(words, json.loads((STATE / "devices.json").read_text()))
    if verbs == "device info apps":
        wanted = option(words, "--bundle-id")
        return answer(words, {"apps": [{"bundleIdentifier": a} for a in apps if a == wanted]})
    if verbs == "device install app":
        (STATE / "apps").write_text("dev.h3ae.demo")
        return answer(words, {})
    if verbs == "device process launch" and option(words, "--device") == broken:
        return refuse(words, "out of order")
    if verbs == "device process launch":
        return launch(words)
    container = STATE / "container"
    source, target = option(words, "--source"), option(words, "--destination")
    if verbs == "device copy to":
        shutil.copytree(source, container / target, dirs_exist_ok=True)
        return answer(words, {})
    if not (container / source).is_file():
        return refuse(words, f"No such file: {source}")
    shutil.copy(container / source, target)
    return answer(words, {})


def launch(words: list[str]) -> int:
    arguments = words[words.index("dev.h3ae.demo") + 1 :]
    (STATE / "arguments.json").write_text(json.dumps(arguments))
    left = json.loads((STATE / "app.json").read_text())
    status = left.pop("status.json", None)
    folder = STATE / "container" / "Documents" / "profile"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in left.items():
        (folder / name).write_text(json.dumps(content))
    if status is not None:
        status["run"] = option(arguments, "--profile-run")
        (folder / "status.json").write_text(json.dumps(status))
    return answer(words, {"process": {"processIdentifier": 4711}})


def xcresulttool(words: list[str]) -> int:
    if words[:2] != ["export", "attachments"]:
        print("Error: unknown subcommand", file=sys.stderr)
        return 64
    shutil.copytree(STATE / "attachments", option(words, "--output-path"), dirs_exist_ok=True)
    return 0


if __name__ == "__main__":
    tool, *rest = sys.argv[1:]
    sys.exit({"devicectl": devicectl, "xcresulttool": xcresulttool}[tool](rest))
