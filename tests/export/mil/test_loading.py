from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from h3ae_export.mil import Evaluator, PackageError, load_program
from h3ae_mobile.errors import H3AEError
from tests.export.mil.families import noise
from tests.export.mil.saving import ct, mb, save_built

MODEL = "Data/com.apple.CoreML/model.mlmodel"
WEIGHTS = "Data/com.apple.CoreML/weights/weight.bin"
X = noise(1, 8)


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Path:
    weight = noise(64, 8, seed=1)
    return save_built(
        tmp_path_factory.mktemp("good") / "p.mlpackage",
        [X],
        lambda x: mb.linear(x=x, weight=weight, bias=np.zeros(64, np.float32), name="y"),
    )


@pytest.fixture
def package(good, tmp_path) -> Path:
    return Path(shutil.copytree(good, tmp_path / "p.mlpackage"))


def refused(package: Path, problem: str) -> None:
    with pytest.raises(PackageError, match=problem) as caught:
        Evaluator(package)
    assert "\n" not in str(caught.value)
    assert package.name in str(caught.value)


def test_a_good_package(good):
    program = load_program(good)
    assert program.specification_version == 8
    assert program.default_function == "main"
    assert program.function().opset == "CoreML7"
    assert Evaluator(program).run({"in_0": X})["y"].shape == (1, 64)


def test_reading_does_not_import_coremltools(good):
    """Reading must not cost the seconds that importing every converter takes."""
    code = (
        "import sys; from h3ae_export.mil import Evaluator; "
        f"Evaluator({str(good)!r}); print('coremltools' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "False"


def test_missing_packages(tmp_path):
    refused(tmp_path / "nowhere.mlpackage", "does not exist")
    (tmp_path / "model.mlmodel").write_bytes(b"")
    refused(tmp_path / "model.mlmodel", "not a package directory")


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        ("Manifest.json", r"Manifest\.json is missing"),
        (MODEL, r"model\.mlmodel is missing"),
        (WEIGHTS, r"weight\.bin is missing"),
    ],
)
def test_missing_files(package, file, problem):
    (package / file).unlink()
    refused(package, problem)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.99])
def test_a_truncated_model(package, share):
    content = (package / MODEL).read_bytes()
    (package / MODEL).write_bytes(content[: int(share * len(content))])
    refused(package, "corrupt|no ML program|inconsistent")


def test_truncated_weights(package):
    content = (package / WEIGHTS).read_bytes()
    (package / WEIGHTS).write_bytes(content[:500])
    with pytest.raises(PackageError, match=r"weight\.bin is truncated"):
        Evaluator(package).run({"in_0": X})


def test_a_corrupt_manifest(package):
    for content in ("", "[]", "{}", '{"rootModelIdentifier": "a", "itemInfoEntries": {}}'):
        (package / "Manifest.json").write_text(content)
        refused(package, "cannot be read")


@pytest.mark.parametrize("place", ["../../secret.mlmodel", "/etc/passwd"])
def test_a_manifest_that_leaves_the_package(package, place):
    manifest = json.loads((package / "Manifest.json").read_text())
    manifest["itemInfoEntries"][manifest["rootModelIdentifier"]]["path"] = place
    (package / "Manifest.json").write_text(json.dumps(manifest))
    refused(package, "outside the package")


def rewrite(package: Path, change) -> None:
    from coremltools.proto import Model_pb2

    model = Model_pb2.Model()
    model.ParseFromString((package / MODEL).read_bytes())
    change(model)
    (package / MODEL).write_bytes(model.SerializeToString())


def block(model):
    function = model.mlProgram.functions["main"]
    return function.block_specializations[function.opset]


def test_weights_that_leave_the_package(package):
    def change(model):
        for operation in block(model).operations:
            value = operation.attributes["val"]
            if value.WhichOneof("value") == "blobFileValue":
                value.blobFileValue.fileName = "@model_path/../../../secret.bin"

    rewrite(package, change)
    refused(package, "outside the package")


def test_other_kinds_of_models(package):
    rewrite(package, lambda model: model.neuralNetwork.SetInParent())
    refused(package, "no ML program")


def test_undefined_values(package):
    def change(model):
        operation = next(o for o in block(model).operations if o.type == "linear")
        operation.inputs["x"].arguments[0].name = "ghost"

    rewrite(package, change)
    refused(package, "refers to 'ghost', which nothing defines")


def test_features_without_a_value(package):
    rewrite(package, lambda model: setattr(model.description.output[0], "name", "ghost"))
    refused(package, "lacks the output 'ghost'")


def test_values_that_are_no_tensors(package):
    def change(model):
        block(model).operations[-1].outputs[0].type.listType.SetInParent()

    rewrite(package, change)
    refused(package, "listType are not supported")


def test_random_damage_is_one_clear_line(package):
    """Whatever a byte is changed to, the outcome is a result or an error of ours."""
    assert ct
    whole = {file: (package / file).read_bytes() for file in (MODEL, WEIGHTS, "Manifest.json")}
    rng = random.Random(0)
    for _ in range(300):
        file = rng.choice(list(whole))
        content = bytearray(whole[file])
        for _ in range(rng.randint(1, 4)):
            # The weights' own bytes are not checked here: only records can be wrong.
            limit = min(len(content), 192) if file == WEIGHTS else len(content)
            content[rng.randrange(limit)] = rng.randrange(256)
        (package / file).write_bytes(content)
        try:
            Evaluator(package).run({"in_0": X})
        except H3AEError as error:
            assert "\n" not in str(error)  # noqa: PT017
        (package / file).write_bytes(whole[file])
