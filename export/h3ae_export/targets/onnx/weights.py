"""One file of weights for all models of a directory: what several hold alike is stored once."""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from typing_extensions import Self

FILE = "weights.bin"
# Smaller constants stay in the model, where shape inference needs some of them.
_SMALLEST = 1024
# A page, so that runtimes can map tensors instead of reading them.
_ALIGNMENT = 4096


class SharedWeights:
    """Moves the weights of models into one file.

    Parameters
    ----------
    folder : Path
        Of the models.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._offsets: dict[bytes, int] = {}
        self._file: BinaryIO

    def __enter__(self) -> Self:
        self._file = (self._folder / FILE).open("wb")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def take(self, model: Any) -> None:
        """Replace the large initializers of a model by references into the file."""
        import onnx_ir

        for name, value in model.graph.initializers.items():
            tensor = value.const_value
            if tensor.nbytes < _SMALLEST:
                continue
            data = tensor.tobytes()
            value.const_value = onnx_ir.ExternalTensor(
                FILE,
                self._store(data),
                len(data),
                tensor.dtype,
                shape=tensor.shape,
                name=name,
                base_dir=self._folder,
            )

    def _store(self, data: bytes) -> int:
        """Return the offset of `data`, written unless it is there already."""
        key = hashlib.sha256(data).digest()
        if key not in self._offsets:
            end = self._file.tell()
            self._file.write(bytes(-end % _ALIGNMENT))
            self._offsets[key] = self._file.tell()
            self._file.write(data)
        return self._offsets[key]
