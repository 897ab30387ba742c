"""Charts as inline SVG. Their labels are figures of the page, tied to its JSON like all others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

from h3ae_profiling.html.figures import Figures, resolve

WIDTH, MARGIN = 640, 8


def _svg(height: int, label: str, body: Iterable[str]) -> Markup:
    return Markup(
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(label)}">'
        f"{''.join(body)}</svg>"
    )


def _text(figures: Figures, x: float, y: float, pointer: str, style: str, before: str = "") -> str:
    """Return a label that does not leave the chart on either side."""
    anchor = "start" if x < WIDTH * 0.15 else "end" if x > WIDTH * 0.85 else "middle"
    value = escape(figures.text(pointer, style))
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(before)}'
        f'<tspan data-at="{pointer}" data-as="{style}">{value}</tspan></text>'
    )


def latency(figures: Figures, pointer: str, limit: str | None) -> Markup:
    """Return every sample as a dot on a time axis, with percentiles and the limit.

    Parameters
    ----------
    pointer : str
        Of a distribution.
    limit : str, optional
        Pointer of the limit in seconds.
    """
    samples: Sequence[float] = resolve(figures.document, f"{pointer}/samples_s")
    bound = None if limit is None else resolve(figures.document, limit)
    if bound is not None and bound > 3 * max(samples):
        # A limit that far away would press the samples together; the verdict names it.
        bound = None
    top = max([*samples, *([bound] if bound is not None else [])]) * 1.05
    low = min([*samples, *([bound] if bound is not None else [])])
    # A zero axis shows the size of the spread; it goes where samples are far from it.
    base = 0.0 if low < top * 0.5 else low - (top - low) * 0.15

    def x(value: float) -> float:
        return MARGIN + (value - base) / (top - base) * (WIDTH - 2 * MARGIN)

    body = [f'<line class="axis" x1="0" x2="{WIDTH}" y1="70" y2="70"/>']
    for index, sample in enumerate(samples):
        # Order of measurement goes upwards, so that drift shows as a slope.
        y = 64 - 40 * index / max(1, len(samples) - 1)
        body.append(f'<circle class="dot" cx="{x(sample):.1f}" cy="{y:.1f}" r="3.2"/>')
    # Percentiles lie close together: three rows of labels keep them readable. Where the chart is
    # small and its text large, the middle one goes.
    for row, name in enumerate(("p50", "p90", "p99")):
        at, y = x(resolve(figures.document, f"{pointer}/{name}_s")), 88 + 20 * row
        label = _text(figures, at, y, f"{pointer}/{name}_s", "seconds", f"{name} ")
        body.append(
            f'<g class="{"between" if name == "p90" else ""}"><line class="mark {name}" '
            f'x1="{at:.1f}" x2="{at:.1f}" y1="16" y2="{y - 14}"/>{label}</g>'
        )
    if limit is not None and bound is not None:
        at = x(bound)
        body.append(f'<line class="limit" x1="{at:.1f}" x2="{at:.1f}" y1="16" y2="70"/>')
        body.append(_text(figures, at, 12, limit, "seconds", "limit "))
    return _svg(136, "Latency of every clip", body)


def memory(figures: Figures, pointer: str) -> Markup:
    """Return memory over time, with base and peak."""
    samples = resolve(figures.document, f"{pointer}/samples")
    peak = resolve(figures.document, f"{pointer}/peak_bytes")
    base = resolve(figures.document, f"{pointer}/base_bytes")
    start, end = samples[0]["at_s"], samples[-1]["at_s"]

    def x(at: float) -> float:
        return MARGIN + (at - start) / max(end - start, 1e-9) * (WIDTH - 2 * MARGIN)

    # A runtime's own base may be many times the decoder: then the axis begins near it.
    floor = 0 if base < peak / 2 else base - (peak - base) * 0.25

    def y(size: float) -> float:
        return 110 - (max(size, floor) - floor) / ((peak - floor) * 1.15 or 1) * 100

    line = " ".join(f"{x(one['at_s']):.1f},{y(one['bytes']):.1f}" for one in samples)
    area = f"{x(start):.1f},110 {line} {x(end):.1f},110"
    body = [
        f'<polygon class="area" points="{area}"/><polyline class="line" points="{line}"/>',
        f'<line class="limit" x1="0" x2="{WIDTH}" y1="{y(peak):.1f}" y2="{y(peak):.1f}"/>',
        f'<line class="axis" x1="0" x2="{WIDTH}" y1="110" y2="110"/>',
        _text(figures, WIDTH - MARGIN, y(peak) - 4, f"{pointer}/peak_bytes", "memory", "peak "),
        f'<line class="mark" x1="0" x2="{WIDTH}" y1="{y(base):.1f}" y2="{y(base):.1f}"/>',
        _text(figures, MARGIN, 127, f"{pointer}/base_bytes", "memory", "base "),
        _text(
            figures, WIDTH - MARGIN, 127, f"{pointer}/samples/{len(samples) - 1}/at_s", "seconds"
        ),
    ]
    return _svg(134, "Memory over time", body)


def sustained(figures: Figures, pointer: str) -> Markup:
    """Return frames a second of every interval, with the thermal state below."""
    intervals = resolve(figures.document, f"{pointer}/intervals")
    rates = [one["frames"] / one["duration_s"] for one in intervals]
    end = intervals[-1]["start_s"] + intervals[-1]["duration_s"]
    # Room above for the label.
    top = max(rates) * 1.1

    def x(at: float) -> float:
        return MARGIN + at / end * (WIDTH - 2 * MARGIN)

    body = []
    for index, (one, rate) in enumerate(zip(intervals, rates, strict=True)):
        left, right = x(one["start_s"]), x(one["start_s"] + one["duration_s"])
        height = rate / top * 96
        body.append(
            f'<rect class="bar" x="{left:.1f}" y="{104 - height:.1f}" '
            f'width="{max(right - left - 1, 0.5):.1f}" height="{height:.1f}"/>'
            f'<rect class="thermal {one["thermal"]}" x="{left:.1f}" y="108" '
            f'width="{max(right - left - 1, 0.5):.1f}" height="8"/>'
        )
        if index == 0 or one["thermal"] != intervals[index - 1]["thermal"]:
            at = f"{pointer}/intervals/{index}/thermal"
            body.append(_text(figures, left, 132, at, "text"))
    lowest = intervals[rates.index(min(rates))]
    middle = x(lowest["start_s"] + lowest["duration_s"] / 2)
    height = min(rates) / top * 96
    body.append(
        f'<line class="mark" x1="{middle:.1f}" x2="{middle:.1f}" y1="14" y2="{104 - height:.1f}"/>'
    )
    at = f"{pointer}/lowest_frames_per_second"
    body.append(_text(figures, middle, 10, at, "rate", "lowest "))
    return _svg(138, "Frames a second over time, with the thermal state", body)
