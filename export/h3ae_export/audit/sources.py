"""Where the rules are known from, each written once.

`MEASURED_*` were run with the pinned packages on Linux, most of them again by the tests of the
audit. Nothing here was verified on Apple hardware.
"""

MEASURED_XNNPACK = "run with executorch 1.5.1 on x86-64"
MEASURED_COREML = "converted with coremltools 9.0"
MEASURED_COREAI = "converted and run with coreai-torch 0.4.3 and coreai-core 1.0.0b3"
MEASURED_ONNX = "run with onnxruntime 1.31"
FP16_FORMAT = "IEEE 754 binary16: largest number 65504, smallest normal one 2^-14"

XNNPACK_CONFIGS = "executorch 1.5.1, backends/xnnpack/partition/config"
XNNPACK_HEADER = "XNNPACK, include/xnnpack.h: XNN_MAX_TENSOR_DIMS 6"
VULKAN_REGISTRY = "executorch 1.5.1, backends/vulkan/op_registry.py and utils.py"
ORT_COREML = (
    "https://onnxruntime.ai/docs/execution-providers/CoreML-ExecutionProvider.html "
    "(supported operators)"
)
ANE_TRANSFORMERS = "https://machinelearning.apple.com/research/neural-engine-transformers"
ANE_GUIDE = "https://github.com/sbryngelson/ane-guide (by reverse engineering)"
COREML_SHAPES = "https://apple.github.io/coremltools/docs-guides/source/flexible-inputs.html"
COREAI_AUTHORING = "https://github.com/apple/coreai-models, skill model-authoring"
COREAI_FP16 = "https://github.com/apple/coreai-torch/issues/115 and /116"
COREAI_REPORTS = "reports by users of Core AI on OS 27, unverified"
