"""The page: every figure is in its JSON, and a real browser shows, sorts and does not complain."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from h3ae_profiling.html.figures import FORMATS, resolve
from h3ae_profiling.report import read_report
from tests.command import Run
from tests.profiling.pages import rich

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
Json = dict[str, Any]
SMALL: Json = {"workload.height": 128, "workload.width": 128}
# Words of the page itself that hold digits.
STATIC = {"p50", "p90", "p99", "H3AE", "profile"}


class Visible(HTMLParser):
    """Collects text that a reader sees: figures with their pointers, and everything else."""

    def __init__(self) -> None:
        super().__init__()
        self.figures: list[tuple[str, str, str]] = []
        self.other: list[str] = []
        self.data = ""
        self._pointer: tuple[str, str] | None = None
        self._hidden = ""
        self.urls: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attributes}
        self.urls += [found[name] for name in ("src", "href", "action") if name in found]
        if tag in ("script", "style", "title"):
            self._hidden = "data" if found.get("id") == "data" else tag
        if "data-at" in found:
            self._pointer = found["data-at"], found["data-as"]

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "title"):
            self._hidden = ""
        if tag in ("data", "tspan"):
            self._pointer = None

    def handle_data(self, text: str) -> None:
        if self._hidden == "data":
            self.data += text
        elif self._hidden:
            return
        elif self._pointer is not None:
            self.figures.append((*self._pointer, text))
        elif text.strip():
            self.other.append(text.strip())


@pytest.fixture
def page(profile: Run, tmp_path: Path) -> Path:
    """A page of three reports, one of a checker, one of wrong pixels."""
    reports = [
        rich(tmp_path, "phone <fp16> & co", 1),
        rich(tmp_path, "phone int8", 2, 0.8, **{"output.psnr_db": 9.0, "output.passed": False}),
        rich(tmp_path, "checker", 3, 90.0, **{"engine.checker": True, "session": None}),
    ]
    out = tmp_path / "page.html"
    assert profile("report", *reports, "--out", out).code == 0
    return out


def parsed(page: Path) -> tuple[Visible, Any]:
    visible = Visible()
    visible.feed(page.read_text(encoding="utf-8"))
    return visible, json.loads(visible.data)


def test_every_figure_is_in_the_json(page: Path) -> None:
    visible, document = parsed(page)
    assert len(visible.figures) > 500
    for pointer, style, text in visible.figures:
        assert FORMATS[style](resolve(document, pointer)) == text
    for text in visible.other:
        words = re.findall(r"\w*\d\w*", text)
        assert set(words) <= STATIC, f"{text!r} is a figure without a source"


def test_the_json_is_the_reports(page: Path, tmp_path: Path) -> None:
    _, document = parsed(page)
    for index, embedded in enumerate(document["reports"]):
        report = read_report(tmp_path / f"{index + 1}.json")
        assert embedded == report.model_dump(mode="json")
    assert document["outcome"] == "fail"
    assert [one["passed"] for one in document["verdicts"]] == [True, False, False]


def test_times_of_a_checker_are_not_shown(page: Path) -> None:
    visible, _ = parsed(page)
    shown = {at for at, style, _ in visible.figures if at.startswith("/reports/2/")}
    speeds = ("clip", "first_frame", "frames_per_second", "stages", "sustained")
    assert not [at for at in shown if at.split("/")[3] in speeds]
    assert not [at for at in shown if at.startswith("/reports/2/load/") and at[-6:] != "method"]
    assert "/counts/2/untimed" in {at for at, _, _ in visible.figures}


@pytest.mark.parametrize(
    ("changes", "flags", "outcome", "badge"),
    [
        ({}, (), "pass", "Passes: 17 frames of 512x512 in 500 ms"),
        ({}, ("--max-latency", 0.1), "fail", "Does not pass: 17 frames of 512x512 in 100 ms"),
        (SMALL, (), "other", "Not comparable with the target: 17 frames of 512x512 in 500 ms"),
        (SMALL, ("--size", "128x128"), "pass", "Passes: 17 frames of 128x128 in 500 ms"),
        ({}, ("--frames", 33), "other", "Not comparable with the target: 33 frames of 512x512"),
        ({**SMALL, "output": None}, (), "fail", "Does not pass: 17 frames of 512x512"),
    ],
)
def test_the_badge_names_its_target_and_judges_no_other_clip(
    profile: Run, tmp_path: Path, changes: Json, flags: tuple[object, ...], outcome: str, badge: str
) -> None:
    out = tmp_path / "page.html"
    report = rich(tmp_path, "phone", 1, 0.9, **changes)
    assert profile("report", report, "--out", out, *flags).code == 0
    _, document = parsed(out)
    assert document["outcome"] == outcome
    (found,) = re.findall(r'<p class="verdict (?:.*?)">(.*?)</p>', out.read_text(encoding="utf-8"))
    assert re.sub("<.*?>", "", found).startswith(badge)
    # No limit is drawn, and no time judged, where it is another clip's.
    names = [one["name"] for one in document["verdicts"][0]["criteria"]]
    comparable = document["verdicts"][0]["comparable"]
    assert ("latency p50" in names) == comparable


def test_the_page_needs_no_network(page: Path) -> None:
    visible, _ = parsed(page)
    assert visible.urls
    assert all(url.startswith("data:image/png;base64,") for url in visible.urls)
    assert "url(" not in page.read_text(encoding="utf-8")
    assert "@import" not in page.read_text(encoding="utf-8")


def test_labels_cannot_write_markup(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "<fp16>" not in text
    assert "phone &lt;fp16&gt; &amp; co" in text


@pytest.mark.parametrize("harm", ["missing", "changed"])
def test_a_sheet_that_is_missing_or_another_is_not_shown(
    profile: Run, tmp_path: Path, harm: str
) -> None:
    report = rich(tmp_path, "phone", 1)
    sheet = tmp_path / "1.png"
    sheet.unlink() if harm == "missing" else sheet.write_bytes(b"another")
    out = tmp_path / "page.html"
    assert profile("report", report, "--out", out).code == 0
    text = out.read_text(encoding="utf-8")
    assert "data:image/png" not in text
    assert "contact sheet" in text


def test_the_least_report_makes_a_page(profile: Run, tmp_path: Path) -> None:
    report = Path(__file__).parents[1] / "golden" / "reports" / "valid" / "minimal.json"
    out = tmp_path / "page.html"
    assert profile("report", report, "--out", out, "--json").json["output"] == str(out)
    visible, document = parsed(out)
    for pointer, style, text in visible.figures:
        assert FORMATS[style](resolve(document, pointer)) == text


def browse(page: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    assert CHROMIUM is not None
    command = [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    command += [f"--user-data-dir={page.parent / 'profile'}", "--virtual-time-budget=3000"]
    command += ["--enable-logging=stderr", *arguments, page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)


# Reports what the page looks like and does, from within the page.
PROBE = """<script>
addEventListener("load", () => {
  const table = document.querySelector("table.operations");
  const heading = [...table.tHead.rows[0].cells].findIndex((c) => c.textContent === "time");
  const keys = (row) => Number(row.cells[heading].dataset.key);
  const column = () => [...table.tBodies[0].rows].map(keys);
  const order = {before: column()};
  table.tHead.rows[0].cells[heading].querySelector("button").click();
  order.once = column();
  table.tHead.rows[0].cells[heading].querySelector("button").click();
  order.twice = column();
  const images = [...document.images].map((image) => image.naturalWidth);
  const height = (svg) => svg.getBoundingClientRect().height;
  const charts = [...document.querySelectorAll("svg")].map(height);
  const width = document.documentElement.scrollWidth;
  const folded = () => [...document.querySelectorAll("details")].map((one) => one.open);
  const folds = {before: folded()};
  dispatchEvent(new Event("beforeprint"));
  folds.print = folded();
  dispatchEvent(new Event("afterprint"));
  folds.after = folded();
  const rect = (one) => one.getBoundingClientRect();
  const shown = [...document.querySelectorAll("svg text")].map(rect).filter((one) => one.height);
  const text = Math.min(...shown.map((one) => one.height));
  const found = {order, images, charts, width, folds, text, inner: innerWidth};
  console.log("PROBE" + JSON.stringify(found) + "END");
});
</script></body>"""


def probe(page: Path) -> dict[str, Any]:
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace("</body>", PROBE), encoding="utf-8")
    log = browse(page, "--dump-dom").stderr
    complaints = [line for line in log.splitlines() if "CONSOLE" in line and "PROBE" not in line]
    assert complaints == []
    found = re.search(r"PROBE({.*})END", log)
    assert found is not None, log[-2000:]
    result: dict[str, Any] = json.loads(found[1])
    return result


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: `make tools` installs it on Debian")
def test_a_browser_renders_and_sorts_without_complaint(page: Path) -> None:
    found = probe(page)
    order = found["order"]
    assert order["before"] != order["once"]
    assert order["before"] == sorted(order["before"], reverse=True)
    assert order["once"] == sorted(order["before"])
    assert order["twice"] == order["before"]
    assert found["images"]
    assert all(width > 0 for width in found["images"])
    assert all(height > 40 for height in found["charts"])
    assert found["width"] <= found["inner"]
    # Paper shows the protocol, the screen as the reader left it.
    assert found["folds"]["print"]
    assert all(found["folds"]["print"])
    assert found["folds"]["after"] == found["folds"]["before"]
    assert not any(found["folds"]["before"])


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: `make tools` installs it on Debian")
def test_a_narrow_screen_needs_no_sideways_scrolling(page: Path) -> None:
    frame = page.with_name("frame.html")
    inner = page.read_text(encoding="utf-8").replace("</body>", PROBE)
    page.write_text(inner, encoding="utf-8")
    frame.write_text(f'<iframe src="{page.name}" width="390" height="800"></iframe>')
    log = browse(frame, "--allow-file-access-from-files", "--dump-dom").stderr
    found = json.loads(re.search(r"PROBE({.*})END", log)[1])  # type: ignore[index]
    assert found["inner"] == 390
    assert found["width"] <= 390
    # In pixels of the screen, with the line's own room.
    assert found["text"] > 12
