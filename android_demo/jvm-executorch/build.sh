#!/bin/sh
# Builds the JNI library for this machine's JVM: build/jni/{libexecutorch.so,libfbjni.so}. usage: build.sh [PYTHON]
# PYTHON has the package executorch, whose C++ runtime and headers are used; the project's .venv by default.
set -eu
cd "$(dirname "$0")"
python=${1:-../../.venv/bin/python}
[ -x "$python" ] || { echo "jvm-executorch: there is no $python; run 'make setup' or name a Python with executorch" >&2; exit 1; }
package=$("$python" -c 'import importlib.util, pathlib; print(pathlib.Path(importlib.util.find_spec("executorch").submodule_search_locations[0]))') ||
    { echo "jvm-executorch: $python has no executorch" >&2; exit 1; }
javac=$(command -v javac) || { echo "jvm-executorch: no JDK (javac) is on the path" >&2; exit 1; }
java=$(dirname "$(dirname "$(readlink -f "$javac")")")

jni=build/jni
stamp=build/stamp
state=$(cat build.sh src/* "$package"/lib/libexecutorch.so | sha256sum)
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$state" ] && exit 0
mkdir -p "$jni"
for source in src/*.cpp; do
    g++ -std=c++17 -O2 -fPIC -fvisibility=hidden -Wall -Wextra -Werror -DC10_USING_CUSTOM_GENERATED_MACROS \
        -isystem "$package/include" -isystem "$package/include/executorch/runtime/core/portable_type/c10" \
        -isystem "$java/include" -isystem "$java/include/linux" \
        -c "$source" -o "build/$(basename "$source" .cpp).o"
done
# Java wants a file of this name, and the wheel's own library has it as its soname: ours must differ.
g++ -shared build/*.o -o "$jni/libexecutorch.so" -Wl,-soname,libexecutorch_jvm.so -Wl,-rpath,"$package/lib" \
    -L"$package/lib" -Wl,--no-undefined -Wl,--no-as-needed -l:libexecutorch.so -lexecutorch_kernels_optimized \
    -lexecutorch_kernels_quantized -lexecutorch_backend_xnnpack -lexecutorch_threadpool
# HybridData asks for its own library, whose natives are in the same one.
ln -sf libexecutorch.so "$jni/libfbjni.so"
echo "$state" > "$stamp"
