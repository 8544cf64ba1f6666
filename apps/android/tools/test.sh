#!/usr/bin/env bash
# Compiles satchel-core and its tests, and runs the tests on the JVM.
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
rm -rf "$OUT/core" "$OUT/tests"

# The bytecode and the library of Java 8, which every Android version can be given.
kotlinc -jdk-home "$(jdk 17)" -jvm-target 1.8 -Xjdk-release=8 -Xexplicit-api=strict \
    -module-name satchel-core -d "$OUT/core" "$CORE/main/kotlin"
kotlinc -jdk-home "$(jdk 17)" -jvm-target 17 -module-name satchel-core-test \
    -Xfriend-paths="$OUT/core" -cp "$OUT/core:$JUNIT" -d "$OUT/tests" "$CORE/test/kotlin"
junit "$OUT/tests" "$(jdk 17)" "$OUT/core" -Dsatchel.root="$(cd ../.. && pwd)"
