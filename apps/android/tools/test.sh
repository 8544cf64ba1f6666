#!/usr/bin/env bash
# Compiles satchel-core, satchel-android and their tests, and runs the tests on the JVM. Arguments are
# options of Java:
#
#     -Dsatchel.fuzz=100000             more damaged bundles than the 3,000 of every run
#     -Dsatchel.differential=FILE       compares with what tests/conformance/differential.py wrote
#     -Dsatchel.passed=FILE             writes a line for each case of the vectors that passed
#
# The tests with engines need a JDK of 22 or later, and the engines' wheels in the Python environment
# of the repository.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! tools/bring.sh test; then
    echo "skipped android-test: the line above is why"
    exit 0
fi
# shellcheck source=apps/android/tools/compile.sh
. tools/compile.sh
CORE=satchel-core/src
OUT=build
ROOT=$(cd ../.. && pwd)
PYTHON=${PYTHON:-$ROOT/.venv/bin/python}
rm -rf "$OUT/core" "$OUT/tests" "$OUT/engine-tests" "$OUT/android" "$OUT/android-tests"

# The bytecode and the library of Java 8, which every Android version can be given.
kotlinc -jdk-home "$(jdk 17)" -jvm-target 1.8 -Xjdk-release=8 -Xexplicit-api=strict \
    -module-name satchel-core -d "$OUT/core" "$CORE/main/kotlin"
kotlinc -jdk-home "$(jdk 17)" -jvm-target 17 -module-name satchel-core-test \
    -Xfriend-paths="$OUT/core" -cp "$OUT/core:$JUNIT" -d "$OUT/tests" "$CORE/test/kotlin"
junit "$OUT/tests" "$(jdk 17)" "$OUT/core" -Dsatchel.root="$ROOT" "$@"

# What needs no device: Android's classes are there to compile against, and none of them runs.
kotlinc_android satchel-android/src/main/kotlin "$OUT/android" "$OUT/core:$COROUTINES"
CLASSES=$OUT/core:$OUT/tests:$OUT/android:$COROUTINES
kotlinc -jdk-home "$(jdk 17)" -jvm-target 17 -module-name satchel-android-test \
    -Xfriend-paths="$OUT/core,$OUT/tests,$OUT/android" -cp "$CLASSES:$ANDROID_JAR:$JUNIT" \
    -d "$OUT/android-tests" satchel-android/src/test/kotlin sample/src/test/kotlin \
    sample/src/main/kotlin/satchel/sample/PictureCheck.kt
junit "$OUT/android-tests" "$(jdk 17)" "$CLASSES" -Dsatchel.root="$ROOT" "$@"

if ! NEW=$(jdk 22); then
    echo "skipped the tests with engines: they need a JDK of 22 or later, which calls C"
    exit 0
fi
mapfile -t ENGINES < <("$PYTHON" tools/engine_libraries.py 2>/dev/null)
if [ "${#ENGINES[@]}" -lt 4 ]; then
    echo "skipped the tests with engines: ai-edge-litert and onnxruntime are not both in $PYTHON"
    exit 0
fi
kotlinc -jdk-home "$NEW" -jvm-target 22 -module-name satchel-core-engine-test \
    -Xfriend-paths="$OUT/core,$OUT/tests" -cp "$OUT/core:$OUT/tests:$JUNIT" \
    -d "$OUT/engine-tests" "$CORE/engineTest/kotlin"
# LiteRT writes a line for each model that it opens.
if ! junit "$OUT/engine-tests" "$NEW" "$OUT/core:$OUT/tests" -Dsatchel.root="$ROOT" \
    --enable-native-access=ALL-UNNAMED "${ENGINES[@]}" "$@" 2>"$OUT/engines.log"; then
    tail -n 20 "$OUT/engines.log"
    exit 1
fi
