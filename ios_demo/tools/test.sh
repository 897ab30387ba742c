#!/usr/bin/env bash
# Builds and tests the Swift package on Linux, with everything that a Mac would build type-checked
# against signatures. Sets Swift up first, where it is missing (setup-toolchain.sh).
#
#     ios_demo/tools/test.sh [BUNDLE-FOLDER]
#
# BUNDLE-FOLDER holds `h3ae-demo.h3ae` and Python's frames in `expected/`
# (default: out/mobile-test, see tests/mobile_vectors.py).
#
# Exit code 3: Swift cannot be set up on this machine; the last line says why.
set -euo pipefail

tools="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
project="$(cd "$tools/../.." && pwd -P)"
fixtures="$(realpath -m "${1:-$project/out/mobile-test}")"
cd "$project"

begin() { printf 'test-ios: %s (at %d s)\n' "$*" "$SECONDS"; }
fail() {
  echo "test-ios: $*" >&2
  exit 1
}

python="$project/.venv/bin/python"
[ -x "$python" ] || fail "there is no .venv with the Python package; run make setup"
packages="$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
executorch="$packages/executorch"
onnxruntime="$(compgen -G "$packages/onnxruntime/capi/libonnxruntime.so.*" | head -n 1)"
[ -d "$executorch/lib" ] || fail "the Python package executorch brings no library"
[ -n "$onnxruntime" ] || fail "the Python package onnxruntime brings no library"
[ -e "$fixtures/h3ae-demo.h3ae/manifest.json" ] ||
  fail "there is no bundle in $fixtures; h3ae-export makes it (docs/ios.md)"
case "$fixtures/" in "$project"/*) ;; *) fail "$fixtures must lie inside the project" ;; esac
"$python" -m tests.mobile_vectors "$fixtures/h3ae-demo.h3ae" "$fixtures/expected"

"$tools/setup-toolchain.sh"

# Threads that spin between two calls take the cores from everything else.
export OMP_WAIT_POLICY=PASSIVE
inside() { "$tools/in-toolchain.sh" "$@"; }
inside test -e /usr/include/onnxruntime/onnxruntime_c_api.h ||
  fail "ONNX Runtime's headers are missing; install libonnxruntime-dev"
jobs="${H3AE_BUILD_JOBS:-$(nproc)}"
package=(--package-path ios_demo -j "$jobs" -Xswiftc -warnings-as-errors)

begin "swift format"
sources=()
while IFS= read -r -d '' file; do sources+=("$file"); done < <(
  find ios_demo -name '*.swift' -not -path '*/.build/*' -print0)
# The nearest .swift-format counts: names in AppleStubs are Apple's.
inside swift format lint --strict --parallel "${sources[@]}"

# A build of its own: what the tests run must not find frameworks that are signatures alone.
begin "Apple-only files against signatures"
H3AE_APPLE_STUBS=1 inside swift build "${package[@]}" --scratch-path ios_demo/.build/signatures \
  --disable-index-store -debug-info-format none

export H3AE_ONNXRUNTIME=1 H3AE_EXECUTORCH="$executorch"
export H3AE_ONNXRUNTIME_LIBRARY="$onnxruntime" H3AE_MOBILE_TEST="$fixtures"
begin "tests"
host=("${package[@]}" --scratch-path ios_demo/.build/host)
inside swift test "${host[@]}" --skip LongStreamTests
# In a process of its own: it measures the memory of the process.
inside swift test "${host[@]}" --skip-build --filter LongStreamTests

begin "the profiler's report, read by Python"
"$project/.venv/bin/h3ae-profile" check "$fixtures/swift/report.json" --frames 9 --size 64x64 \
  --max-latency 60

# The core alone: runtimes that were built without the sanitizer would only raise false alarms. Of its
# tests, those in which tasks meet.
begin "tests under the thread sanitizer"
unset H3AE_ONNXRUNTIME H3AE_EXECUTORCH
H3AE_CORE_ALONE=1 inside swift test "${package[@]}" --sanitize=thread \
  --scratch-path ios_demo/.build/thread \
  --filter '(DecoderTests|LoadTests|FirstFrameTrustTests|TrustStoreTests|InstallTests)'

begin "Xcode project"
"$python" "$tools/check_app.py"
begin "done"
