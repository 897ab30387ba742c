"""The process of one contender: ``python -m h3ae_profiling.host.worker``, spoken to in JSON lines.

One request a line on stdin, one answer a line on the real stdout. Whatever native libraries
print goes to stderr, where it harms no answer.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import numpy as np

from h3ae_mobile.bundle import compare
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.video.sheet import contact_sheet
from h3ae_profiling.host import memory, placement
from h3ae_profiling.host.clip import NotCheckedError, clip_input, expected_output
from h3ae_profiling.host.contender import Contender
from h3ae_profiling.host.operations import profiler_of
from h3ae_profiling.host.subject import LoadedSubject

# What an app links, and no load pays for: it is imported before the clock runs.
RUNTIMES = {
    "executorch": ("executorch.extension.pybindings.portable_lib", "executorch.runtime"),
    "onnx": ("onnxruntime",),
    "coreai": ("coreai.authoring", "coreai.runtime"),
    "coreml": ("coremltools",),
    "torch": ("torch", "h3ae_profiling.host.torch_graphs"),
}
DISTRIBUTIONS = {
    "executorch": ("executorch", "torch"),
    "onnx": ("onnxruntime",),
    "coreai": ("coreai-core",),
    "coreml": ("coremltools",),
    "torch": ("torch",),
}


class Worker:
    """Answers requests about one contender."""

    def __init__(self, contender: Contender) -> None:
        self.contender = contender
        self.variant = contender.variant()
        for name in RUNTIMES.get(contender.target, ()):
            import_module(name)
        self.given = clip_input(contender.opened, contender.decode)
        self.subject: LoadedSubject | None = None
        self.recorder: memory.Recorder | None = None
        memory.forget_peak()
        self.base = memory.resident_bytes()

    def about(self) -> dict[str, Any]:
        """Tell the versions of all that takes part."""
        names = DISTRIBUTIONS.get(self.contender.target, ())
        return {"versions": {name: metadata.version(name) for name in names}}

    def load(self) -> dict[str, Any]:
        """Open the sessions, in place of those that are open."""
        self.unload()
        begin = time.perf_counter()
        self.subject = LoadedSubject(self.variant, self.contender.decode, self.contender.threads)
        return {"seconds": time.perf_counter() - begin}

    def unload(self) -> dict[str, Any]:
        """Close the sessions."""
        if self.subject is not None:
            self.subject.close()
        self.subject = None
        return {}

    def clip(self) -> dict[str, Any]:
        """Decode a clip."""
        return asdict(self._loaded().decode(self.given))

    def record(self) -> dict[str, Any]:
        """Begin to sample memory."""
        self.recorder = memory.Recorder()
        self.recorder.start()
        return {}

    def memory(self) -> dict[str, Any]:
        """Tell the memory since the start."""
        samples = [] if self.recorder is None else self.recorder.stop()
        return {
            "method": memory.method(),
            "base_bytes": self.base,
            "peak_bytes": max(memory.peak_bytes(), self.base),
            "samples": samples,
        }

    def resident(self) -> dict[str, Any]:
        """Tell the memory of now."""
        return {"bytes": memory.resident_bytes()}

    def stage(self, graph: str) -> dict[str, Any]:
        """Open and run one graph alone, on noise, and tell the memory."""
        spec = self.contender.opened.manifest.graphs[graph]
        generator = np.random.default_rng(0)
        inputs = {
            one.name: generator.standard_normal(one.shape).astype(one.dtype) for one in spec.inputs
        }
        session = self.variant.open_session(graph, self.contender.threads)
        # Twice: outputs of the first call still live while the second runs, as in a decode.
        kept = [session.run(inputs) for _ in range(2)]
        del kept
        session.close()
        return {"above_base_bytes": max(memory.peak_bytes() - self.base, 0)}

    def output(self, sheet: str) -> dict[str, Any]:
        """Compare a decode with the golden frames, and draw them."""
        stated = self.contender.opened.manifest.golden
        tolerance = None if stated is None else stated.tolerance.get(self.contender.precision)
        if tolerance is None:
            return {"unchecked": f"the bundle states no tolerance for {self.contender.precision}"}
        try:
            golden = expected_output(
                self.contender.opened, self.contender.decode, self.contender.model
            )
        except NotCheckedError as error:
            return {"unchecked": str(error)}
        frames = self._loaded().frames(self.given)
        result = compare(frames, golden)
        if result.finite:
            contact_sheet(
                _pixels(golden.frames),
                _pixels(frames[list(golden.frame_indices)]),
                Path(sheet),
                title=self.contender.label,
                error_map=True,
            )
        return {
            "frames": len(golden.frame_indices),
            "finite": result.finite,
            "psnr_db": result.psnr_db,
            "max_abs": result.max_abs,
            "tolerance": tolerance.model_dump(mode="json"),
            "passed": result.within(tolerance),
        }

    def operations(self, repetitions: int) -> dict[str, Any]:
        """Profile every graph of a clip, on the inputs that the clip gave it."""
        profiler = profiler_of(self.contender.target)
        if profiler is None:
            return {"items": []}
        subject = self._loaded()
        for session in subject.sessions.values():
            session.keep = True
        times = subject.decode(self.given)
        inputs = {name: session.inputs for name, session in subject.sessions.items()}
        self.unload()
        items: list[dict[str, Any]] = []
        clip = 0.0
        for graph, arrays in inputs.items():
            if arrays is None:
                continue
            calls = len(times.calls[graph])
            found = profiler.profile(
                self.variant, graph, arrays, repetitions, self.contender.threads
            )
            clip += found.call_s * calls
            items += [
                {
                    "graph": graph,
                    "name": one.name,
                    "kind": one.kind,
                    "calls": one.calls * calls,
                    "seconds": one.seconds * calls,
                }
                for one in found.operations
            ]
        return {"method": profiler.method, "clip_s": clip, "items": items}

    def placement(self) -> dict[str, Any]:
        """Tell which unit Core ML means to run what on."""
        return {"method": placement.METHOD, "items": placement.placement(self.contender)}

    def _loaded(self) -> LoadedSubject:
        if self.subject is None:
            self.load()
        assert self.subject is not None
        return self.subject


def _pixels(frames: np.ndarray) -> np.ndarray:
    """Return `[T, 3, H, W]` in [-1, 1] as `[T, H, W, 3]` of 0 to 255."""
    scaled = (np.asarray(frames, dtype=np.float32).clip(-1, 1) + 1) * 127.5
    return np.ascontiguousarray(scaled.round().astype(np.uint8).transpose(0, 2, 3, 1))


def main() -> None:
    """Serve until stdin ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    worker: Worker | None = None
    for line in sys.stdin:
        request = json.loads(line)
        name, arguments = request["do"], request.get("with", {})
        try:
            if name == "open":
                worker = Worker(Contender(**arguments))
                answer: dict[str, Any] = worker.about()
            else:
                answer = _method(worker, name)(**arguments)
        except H3AEError as error:
            answer = {"error": error.message, "hint": error.hint}
        except MemoryError:
            answer = {"error": "out of memory", "hint": None}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _method(worker: Worker | None, name: str) -> Callable[..., dict[str, Any]]:
    if worker is None:
        raise H3AEError(f"{name} before open")
    method: Callable[..., dict[str, Any]] = getattr(worker, name)
    return method


if __name__ == "__main__":
    main()
