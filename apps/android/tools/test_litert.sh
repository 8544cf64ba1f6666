#!/usr/bin/env bash
# Tests satchel-litert on the JVM over a fake of LiteRT's Java interface, whose classes are on
# Google's Maven alone. `make android` runs it after the modules are compiled.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=apps/android/tools/compile.sh
. tools/compile.sh
OUT=build
CLASSES=$OUT/satchel-core:$OUT/satchel-litert
JDK=$(jdk 17)
rm -rf $OUT/litert-tests
kotlinc -jdk-home "$JDK" -jvm-target 17 -module-name satchel-litert-test \
    -Xfriend-paths="$OUT/satchel-core,$OUT/satchel-litert" -cp "$CLASSES:$JUNIT" \
    -d $OUT/litert-tests satchel-litert/src/test/kotlin
junit $OUT/litert-tests "$JDK" "$CLASSES" "$@"
