#!/usr/bin/env bash
# Builds and tests the Android project without Gradle and without an Android SDK; see README.md.
#
#   build.sh tools      install what is missing (Debian, as root) and fetch the build tools
#   build.sh core       compile and test the parts that need no Android
#   build.sh test       compile everything, run all tests, compare the pictures of the screens
#   build.sh apk        shrink, pack, sign and verify the APK (MODE=debug: unshrunk, faster)
#   build.sh style      ktlint and detekt
#   build.sh lint       Android lint
#   build.sh all        all of these, on two cores
#   build.sh pictures   record the pictures of the screens anew
#   build.sh lock       resolve locks/deps.txt anew
#
# BUNDLE is the bundle to test with and to pack, M2 another local Maven repository.
set -euo pipefail
cd "$(dirname "$0")"

BUNDLE=$(realpath -m "${BUNDLE:-../../out/mobile-app/h3ae-demo.h3ae}")
export M2=${M2:-$HOME/.m2/repository}
TOOLCHAINS=$(realpath -m ../../.toolchains/android)
SOURCES=(../sdk-core/src ../sdk-ort/src ../sdk-executorch/src ../sdk-android/src ../app/src)
# As in tools/locations.py. Kotlin's compiler runs inside Maven: a daemon would stay behind.
JAVA=(java -XX:+UseSerialGC -XX:TieredStopAtLevel=1)
export MAVEN_OPTS="${MAVEN_OPTS:--Xmx2g ${JAVA[*]:1}}"
MVN=(mvn -B -q -Dstyle.color=never -Dmaven.repo.local="$M2" -Dbundle="$BUNDLE")

fail() {
    echo "build.sh: $*" >&2
    exit 1
}

# Command, and the Debian package that has it.
NEEDED=(javac:openjdk-17-jdk-headless mvn:maven npm:npm python3:python3 g++:g++)

missing() {
    local pair
    for pair in "${NEEDED[@]}"; do
        command -v "${pair%%:*}" >/dev/null || echo "${pair##*:}"
    done
}

need_commands() {
    local absent
    absent=$(missing | xargs)
    [ -z "$absent" ] || fail "not installed: $absent; on Debian: apt-get install $absent, or as root: build.sh tools"
}

need_bundle() {
    [ -f "$BUNDLE/manifest.json" ] || fail "there is no bundle at $BUNDLE; make one with: h3ae-export --target executorch" \
        "--component both --component i2v --size 256x256 --frames 17 --out $BUNDLE"
}

fetch() {
    python3 tools/fetch.py "$@"
}

# Side by side, every line with the name of its step.
beside() {
    local step failed="" pids=()
    for step in "$@"; do
        ./build.sh "$step" 2>&1 | sed -u "s/^/[$step] /" &
        pids+=($!)
    done
    for step in "$@"; do
        wait "${pids[0]}" || failed+=" $step"
        pids=("${pids[@]:1}")
    done
    [ -z "$failed" ] || fail "failed:$failed"
}

install() {
    local absent
    absent=$(missing | xargs)
    if [ -n "$absent" ]; then
        [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || need_commands
        apt-get update -qq
        # Word splitting is meant: one package a word.
        # shellcheck disable=SC2086
        apt-get install -y -qq --no-install-recommends $absent
    fi
}

tools() {
    install
    fetch merger aapt2 ktlint detekt r8 apksig lint
}

core() {
    need_commands
    ../jvm-executorch/build.sh
    "${MVN[@]}" -pl sdk-core,executorch-api,sdk-ort,sdk-executorch,executorch-kotlin verify
}

compile_and_test() {
    need_commands
    need_bundle
    fetch merger aapt2
    ../jvm-executorch/build.sh
    "${MVN[@]}" "$@" verify
}

need_classes() {
    [ -f app/target/runtime.cp ] || "${MVN[@]}" -DskipTests verify
}

apk() {
    need_commands
    need_bundle
    fetch merger aapt2 r8 apksig
    need_classes
    python3 tools/package.py "${MODE:-release}" --sources ../app/src/main --target app/target \
        --unpacked androidx-main/target/unpacked executorch-api/target/unpacked --bundle "$BUNDLE"
}

style() {
    need_commands
    fetch ktlint detekt
    (cd .. && "${JAVA[@]}" -cp "$TOOLCHAINS/ktlint/*" com.pinterest.ktlint.Main --relative '*/src/**/*.kt' '**/*.kts')
    "${JAVA[@]}" -cp "$TOOLCHAINS/detekt/*" io.gitlab.arturbosch.detekt.cli.Main --build-upon-default-config \
        --config ../detekt.yml --jvm-target 17 --input "$(IFS=,; echo "${SOURCES[*]}")"
}

lint() {
    need_commands
    fetch merger aapt2 lint
    need_classes
    python3 tools/lint.py ../app/src/main ../sdk-android/src/main --target app/target \
        --unpacked androidx-main/target/unpacked
}

lock() {
    python3 tools/resolve.py locks/deps.txt locks/deps.lock
    python3 tools/poms.py
}

[ $# -gt 0 ] || fail "usage: build.sh {tools|core|test|apk|style|lint|all|pictures|lock}..."
for step in "$@"; do
    started=$SECONDS
    case $step in
    tools | core | apk | style | lint | lock) "$step" ;;
    test) compile_and_test ;;
    pictures) compile_and_test -Dpictures.record=true -Dpictures.verify=false ;;
    all)
        install
        rm -f app/target/runtime.cp
        (beside tools test style) &
        tests=$!
        # Packed and linted beside the tests of the app, which are the last and take as long.
        while [ ! -f app/target/runtime.cp ] && kill -0 "$tests" 2>/dev/null; do sleep 1; done
        packed=0
        [ ! -f app/target/runtime.cp ] || (beside apk lint) || packed=$?
        wait "$tests"
        [ "$packed" = 0 ] || exit "$packed"
        ;;
    *) fail "unknown step '$step'" ;;
    esac
    echo "build.sh $step: $((SECONDS - started)) s"
done
