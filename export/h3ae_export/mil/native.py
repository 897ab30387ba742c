"""Run a saved package in Core ML itself, on a Mac, behind the evaluator's interface."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from h3ae_export.mil.features import Colour, Feature
from h3ae_export.mil.inputs import check_inputs
from h3ae_export.mil.loading import load_program
from h3ae_mobile.errors import H3AEError, MissingExtraError

Array: TypeAlias = npt.NDArray[Any]
ComputeUnits: TypeAlias = Literal["all", "cpu-only", "cpu-and-gpu", "cpu-and-ne"]


class NativeState:
    """Core ML's own state, with the methods of `states.State`.

    Parameters
    ----------
    state : coremltools.models.MLState
        What `make_state` returned.
    names : tuple of str
        The names of its buffers.
    """

    def __init__(self, state: Any, names: tuple[str, ...]) -> None:
        self.ml_state = state
        self.names = names

    def read(self, name: str) -> Array:
        """Return a copy of a buffer."""
        return np.array(self.ml_state.read_state(name))

    def write(self, name: str, array: Array) -> None:
        """Replace the contents of a buffer."""
        self.ml_state.write_state(name, array)


class NativeModel:
    """One function of a saved package, run by Core ML.

    Parameters
    ----------
    path : str or pathlib.Path
        A `.mlpackage`.
    function : str, optional
        Function of a package that has several; the default one if None.
    compute_units : {"all", "cpu-only", "cpu-and-gpu", "cpu-and-ne"}
        Processors that Core ML may choose from.

    Raises
    ------
    H3AEError
        This machine is no Mac, or Core ML does not load the package.
    PackageError
        The package cannot be read.
    UnknownFunctionError
        It has no such function.
    """

    def __init__(
        self,
        path: str | Path,
        function: str | None = None,
        *,
        compute_units: ComputeUnits = "all",
    ) -> None:
        if platform.system() != "Darwin":
            raise H3AEError(
                "Core ML runs on macOS only", "use h3ae_export.mil.Evaluator on this machine"
            )
        self.function = load_program(path).function(function)
        self._model = _load(Path(path), function, compute_units)

    @property
    def inputs(self) -> Mapping[str, Feature]:
        """The arrays and images that `run` takes."""
        return self.function.input_features

    @property
    def outputs(self) -> Mapping[str, Feature]:
        """The arrays and images that `run` returns."""
        return self.function.output_features

    @property
    def states(self) -> Mapping[str, Feature]:
        """The buffers that a state holds."""
        return self.function.state_features

    def new_state(self) -> NativeState:
        """Return a state whose buffers are zero. Needs macOS 15."""
        return NativeState(self._model.make_state(), tuple(self.states))

    def run(
        self, inputs: Mapping[str, Array], state: NativeState | None = None
    ) -> dict[str, Array]:
        """Compute the function once.

        Parameters
        ----------
        inputs : mapping of str to numpy.ndarray
            As for `Evaluator.run`.
        state : NativeState, optional
            Read and updated. Needed if the function has states.

        Returns
        -------
        dict of str to numpy.ndarray
            One array for each of `outputs`; images are pixels.

        Raises
        ------
        InputError
            An input is missing, unknown or of the wrong shape or type.
        H3AEError
            The prediction failed.
        """
        check_inputs(inputs, self.inputs)
        features = {name: _to_core_ml(inputs[name], self.inputs[name]) for name in self.inputs}
        try:
            results = self._model.predict(features, state.ml_state if state else None)
        except Exception as error:  # Core ML's errors come as plain exceptions
            raise H3AEError(f"Core ML's prediction failed: {error}") from error
        return {
            name: _from_core_ml(results[name]).astype(feature.dtype)
            for name, feature in self.outputs.items()
        }


def _load(path: Path, function: str | None, compute_units: ComputeUnits) -> Any:
    try:
        import coremltools
    except ImportError as error:
        raise MissingExtraError("coremltools", "coreml", "running Core ML models") from error
    units = coremltools.ComputeUnit[compute_units.upper().replace("-", "_")]
    try:
        return coremltools.models.MLModel(str(path), compute_units=units, function_name=function)
    except Exception as error:  # Core ML's errors come as plain exceptions
        raise H3AEError(f"Core ML cannot load {path}: {error}") from error


def _to_core_ml(array: Array, feature: Feature) -> Any:
    if not feature.is_image:
        return array.astype(feature.dtype)
    from PIL import Image

    # Pillow has no fp16 images: Core ML's binding takes its 32-bit float mode for one.
    grey_float = feature.colour is Colour.GREY_FP16
    return Image.fromarray(array.astype(np.float32 if grey_float else np.uint8))


def _from_core_ml(value: Any) -> Array:
    if getattr(value, "mode", None) == "RGBA":  # a Pillow image of a colour pixel buffer
        value = value.convert("RGB")
    return np.asarray(value)
