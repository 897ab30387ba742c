from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from h3ae_export.mil import PackageError, types
from h3ae_export.mil.packing import unpack_bits
from h3ae_export.mil.weights import WeightFile
from tests.export.mil.saving import ct

ELEMENTS = [
    (types.FP16, "fp16"),
    (types.FP32, "float"),
    (types.INT32, "int32"),
    (types.UINT32, "uint32"),
    (types.INT16, "int16"),
    (types.UINT16, "uint16"),
    (types.INT8, "int8"),
    (types.UINT8, "uint8"),
    (types.INT4, "int4"),
    (types.UINT1, "uint1"),
    (types.UINT2, "uint2"),
    (types.UINT3, "uint3"),
    (types.UINT4, "uint4"),
    (types.UINT6, "uint6"),
]


@pytest.fixture
def writer(tmp_path):
    assert ct
    from coremltools.libmilstoragepython import _BlobStorageWriter

    return _BlobStorageWriter(str(tmp_path / "weight.bin"))


def test_every_element_type_reads_back_what_apple_wrote(tmp_path, writer):
    generator = np.random.default_rng(0)
    offsets, arrays = [], []
    for element, name in ELEMENTS:
        if element.is_float:
            array = generator.standard_normal((3, 7)).astype(element.storage)
        else:
            low = -(2 ** (element.bits - 1)) if element.kind is types.Kind.SIGNED else 0
            array = generator.integers(low, low + 2**element.bits, (3, 7)).astype(element.storage)
        flat = array.reshape(-1)
        flat = flat.view(np.uint16) if element is types.FP16 else flat
        offsets.append(getattr(writer, f"write_{name}_data")(flat))
        arrays.append(array)
    del writer
    file = WeightFile(tmp_path / "weight.bin", tmp_path)
    for (element, _), offset, array in zip(ELEMENTS, offsets, arrays, strict=True):
        read = file.read(offset, types.TensorType(element, (3, 7)))
        assert read.dtype == array.dtype
        assert np.array_equal(read, array), element


def test_a_weight_is_a_view_of_the_file_that_cannot_change_it(tmp_path, writer):
    offset = writer.write_float_data(np.arange(6, dtype=np.float32))
    del writer
    before = (tmp_path / "weight.bin").read_bytes()
    tensor = types.TensorType(types.FP32, (2, 3))
    array = WeightFile(tmp_path / "weight.bin", tmp_path).read(offset, tensor)
    assert not array.flags.owndata
    array[:] = 7
    assert (tmp_path / "weight.bin").read_bytes() == before


@pytest.mark.parametrize(
    ("tensor", "shift", "problem"),
    [
        (types.TensorType(types.FP32, (4, 3)), 0, "does not hold"),
        (types.TensorType(types.INT32, (2, 3)), 0, "does not hold"),
        (types.TensorType(types.FP32, (2, 3)), 64, "no tensor at"),
        (types.TensorType(types.FP32, (2, 3)), 10**12, "truncated"),
    ],
)
def test_other_tensors_are_refused(tmp_path, writer, tensor, shift, problem):
    offset = writer.write_float_data(np.arange(6, dtype=np.float32))
    del writer
    # Room behind the tensor, so that what follows it is no record rather than no file.
    path = tmp_path / "weight.bin"
    path.write_bytes(path.read_bytes() + bytes(256))
    with pytest.raises(PackageError, match=problem):
        WeightFile(path, tmp_path).read(offset + shift, tensor)


@pytest.mark.parametrize("content", [b"", b"\x01\0\0", b"\x01\0\0\0\x09\0\0\0" + bytes(56)])
def test_broken_headers_are_refused(tmp_path: Path, content):
    (tmp_path / "weight.bin").write_bytes(content)
    with pytest.raises(PackageError, match=r"weight\.bin"):
        WeightFile(tmp_path / "weight.bin", tmp_path)


def test_a_truncated_file_is_refused(tmp_path, writer):
    offset = writer.write_float_data(np.arange(600, dtype=np.float32))
    del writer
    path = tmp_path / "weight.bin"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(PackageError, match="truncated"):
        WeightFile(path, tmp_path).read(offset, types.TensorType(types.FP32, (600,)))


def test_unpacking_straddles_bytes():
    # 5, 0, 7, 1 in three bits each, from the lowest bit upwards: 1|111|000|101.
    packed = np.array([0b11000101, 0b00000011], np.uint8)
    assert unpack_bits(packed, 3, 4, signed=False).tolist() == [5, 0, 7, 1]
    assert unpack_bits(packed, 3, 4, signed=True).tolist() == [-3, 0, -1, 1]
    with pytest.raises(ValueError, match="cannot hold"):
        unpack_bits(packed, 3, 6, signed=False)
