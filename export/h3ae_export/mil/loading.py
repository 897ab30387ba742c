"""Read a saved `.mlpackage` exactly as it lies on disk.

The file is parsed here and not by coremltools' loader: that one rebuilds the program through the
converter's own builder, which folds constants, fills in defaults and merges state operations, so
that what one would then check is no longer what an app will load. Only the protobuf schema is
taken from coremltools.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt

from h3ae_export.mil.errors import PackageError
from h3ae_export.mil.features import Feature, read_features
from h3ae_export.mil.program import Function, Operation, Program, Value
from h3ae_export.mil.schema import schema
from h3ae_export.mil.types import BY_PROTO_NAME, STRING, TensorType
from h3ae_export.mil.weights import WeightFile, decode

_WEIGHTS_PREFIX = "@model_path/"


def load_program(path: str | Path) -> Program:
    """Read a saved Core ML package.

    Weights stay on disk, mapped into memory, until something reads them.

    Parameters
    ----------
    path : str or pathlib.Path
        A `.mlpackage` directory that holds an ML program.

    Returns
    -------
    Program
        Its functions.

    Raises
    ------
    PackageError
        The package is missing, truncated or inconsistent, or not an ML program.
    MissingExtraError
        coremltools is not installed.
    """
    package = Path(path)
    model_file = _find_model(package)
    model = _parse_model(package, model_file)
    reader = _Reader(package, model_file.parent)
    try:
        return reader.program(model)
    except (LookupError, ValueError) as error:
        raise PackageError(package, f"is inconsistent: {error}") from error


def _find_model(package: Path) -> Path:
    if not package.is_dir():
        missing = "does not exist" if not package.exists() else "is not a package directory"
        raise PackageError(package, missing, "name the .mlpackage directory of an ML program")
    try:
        manifest = json.loads((package / "Manifest.json").read_text(encoding="utf-8"))
        root = manifest["itemInfoEntries"][manifest["rootModelIdentifier"]]["path"]
        place = PurePosixPath(root)
    except FileNotFoundError:
        raise PackageError(package, "its Manifest.json is missing") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PackageError(package, f"its Manifest.json cannot be read: {error!r}") from error
    if place.is_absolute() or ".." in place.parts:
        raise PackageError(package, f"its Manifest.json names a file outside the package: {root}")
    return package / "Data" / place


def _parse_model(package: Path, file: Path) -> Any:
    model = schema("Model_pb2").Model()
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        model.ParseFromString(file.read_bytes())
    except FileNotFoundError:
        raise PackageError(package, f"its model file {file.name} is missing") from None
    except (OSError, DecodeError) as error:
        raise PackageError(package, f"its model file {file.name} is corrupt") from error
    if model.WhichOneof("Type") != "mlProgram":
        raise PackageError(
            package, "holds no ML program", 'convert with coremltools\' convert_to="mlprogram"'
        )
    return model


class _Reader:
    """Turns the messages of one package into our own types."""

    def __init__(self, package: Path, model_directory: Path) -> None:
        self._package = package
        self._directory = model_directory
        self._weights: dict[str, WeightFile] = {}

    def program(self, model: Any) -> Program:
        features = _features_by_function(model.description)
        functions: dict[str, Function] = {}
        for name, message in model.mlProgram.functions.items():
            # A package of one function describes it at the top level, under no name.
            described = features.get(name, features[""])
            functions[name] = self._function(name, message, described)
        default = model.description.defaultFunctionName or "main"
        if default not in functions:
            raise ValueError(f"its default function {default!r} is not there")
        return Program(self._package, model.specificationVersion, functions, default)

    def _function(self, name: str, message: Any, features: _Features) -> Function:
        values: dict[str, Value] = {}
        for declared in message.inputs:
            values[declared.name] = _value(declared)
        inputs = tuple(values.values())
        if message.opset not in message.block_specializations:
            raise ValueError(f"the function {name!r} has no body for {message.opset}")
        block = message.block_specializations[message.opset]
        operations: list[Operation] = []
        for item in block.operations:
            if item.type == "const":
                declared = item.outputs[0]
                value = _value(declared, self._constant(item.attributes["val"]))
                values[declared.name] = value
                continue
            operation = self._operation(item, values)
            operations.append(operation)
            values.update((output.name, output) for output in operation.outputs)
        outputs = tuple(_lookup(values, output, f"function {name!r}") for output in block.outputs)
        for feature in (*features.inputs, *features.states):
            if feature not in {value.name for value in inputs}:
                raise ValueError(f"the function {name!r} lacks the input {feature!r}")
        for feature in features.outputs:
            if feature not in block.outputs:
                raise ValueError(f"the function {name!r} lacks the output {feature!r}")
        return Function(
            name,
            message.opset,
            inputs,
            outputs,
            tuple(operations),
            features.inputs,
            features.outputs,
            features.states,
        )

    def _operation(self, message: Any, values: Mapping[str, Value]) -> Operation:
        label = message.outputs[0].name if message.outputs else message.type
        arguments: dict[str, tuple[Value, ...]] = {}
        for parameter, argument in message.inputs.items():
            arguments[parameter] = tuple(
                self._argument(binding, values, f"{label}.{parameter}")
                for binding in argument.arguments
            )
        # The compressed constants of iOS 16 hold their data in attributes, later ones in inputs.
        name = label
        for parameter, literal in message.attributes.items():
            if parameter == "name":
                name = literal.immediateValue.tensor.strings.values[0]
            else:
                arguments[parameter] = (self._literal(literal, f"{label}.{parameter}"),)
        outputs = tuple(_value(declared) for declared in message.outputs)
        return Operation(message.type, name, arguments, outputs)

    def _argument(self, binding: Any, values: Mapping[str, Value], where: str) -> Value:
        if binding.WhichOneof("binding") == "name":
            return _lookup(values, binding.name, where)
        return self._literal(binding.value, where)

    def _literal(self, message: Any, name: str) -> Value:
        return Value(name, _tensor_type(message.type), constant=self._constant(message))

    def _constant(self, message: Any) -> Callable[[], npt.NDArray[Any]]:
        if message.WhichOneof("value") != "blobFileValue":
            return cache(lambda: _immediate(message))
        blob, tensor = message.blobFileValue, _tensor_type(message.type)
        # Opened at once, so that a package without its weights is refused when it is read.
        weights = self._weight_file(blob.fileName)
        return lambda: weights.read(blob.offset, tensor)

    def _weight_file(self, name: str) -> WeightFile:
        if name not in self._weights:
            place = PurePosixPath(name.removeprefix(_WEIGHTS_PREFIX))
            if place.is_absolute() or ".." in place.parts:
                raise PackageError(self._package, f"names a file outside the package: {name}")
            self._weights[name] = WeightFile(self._directory / place, self._package)
        return self._weights[name]


class _Features:
    """The described inputs, outputs and states of one function."""

    def __init__(self, description: Any) -> None:
        self.inputs: dict[str, Feature] = read_features(description.input)
        self.outputs: dict[str, Feature] = read_features(description.output)
        self.states: dict[str, Feature] = read_features(description.state)


def _features_by_function(description: Any) -> dict[str, _Features]:
    named = {function.name: _Features(function) for function in description.functions}
    return {"": _Features(description), **named}


def _lookup(values: Mapping[str, Value], name: str, where: str) -> Value:
    if name not in values:
        raise ValueError(f"{where} refers to {name!r}, which nothing defines")
    return values[name]


def _value(declared: Any, constant: Callable[[], npt.NDArray[Any]] | None = None) -> Value:
    kind = declared.type.WhichOneof("type")
    if kind == "stateType":
        return Value(declared.name, _tensor_type(declared.type.stateType.wrappedType), True)
    return Value(declared.name, _tensor_type(declared.type), constant=constant)


def _tensor_type(message: Any) -> TensorType:
    kind = message.WhichOneof("type")
    if kind != "tensorType":
        raise ValueError(f"values of {kind} are not supported")
    tensor = message.tensorType
    name = schema("MIL_pb2").DataType.Name(tensor.dataType)
    if name not in BY_PROTO_NAME:
        raise ValueError(f"elements of {name} are not supported")
    shape = tuple(
        dimension.constant.size if dimension.WhichOneof("dimension") == "constant" else None
        for dimension in tensor.dimensions
    )
    return TensorType(BY_PROTO_NAME[name], shape)


def _immediate(message: Any) -> npt.NDArray[Any]:
    tensor = _tensor_type(message.type)
    content = message.immediateValue.tensor
    field = content.WhichOneof("value")
    if field is None:
        raise ValueError(f"a constant of {tensor} has no value")
    values = getattr(content, field).values
    shape = tensor.static_shape
    if tensor.element is STRING:
        return np.array(list(values), dtype=object).reshape(shape)
    if field == "bytes":
        count = int(np.prod(shape, dtype=np.int64))
        raw = np.frombuffer(values, dtype=np.uint8)
        return decode(raw, tensor.element, count).reshape(shape)
    return np.array(list(values)).astype(tensor.element.storage).reshape(shape)
