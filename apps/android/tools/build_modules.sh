#!/usr/bin/env bash
# Compiles the modules of the library for Android into apps/android/build, a folder each.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=apps/android/tools/compile.sh
. tools/compile.sh
OUT=build
rm -rf $OUT/satchel-*/ $OUT/litert-signatures && mkdir -p $OUT
kotlinc_android satchel-core/src/main/kotlin $OUT/satchel-core ""
kotlinc_android satchel-onnx/src/main/kotlin $OUT/satchel-onnx "$OUT/satchel-core:$ONNXRUNTIME/classes.jar"
# Of LiteRT only the signatures are here: no JAR, AAR or APK holds them.
kotlinc_android satchel-litert/signatures $OUT/litert-signatures ""
kotlinc_android satchel-litert/src/main/kotlin $OUT/satchel-litert "$OUT/satchel-core:$OUT/litert-signatures"
if [ -d satchel-android ]; then
    kotlinc_android satchel-android/src/main/kotlin $OUT/satchel-android "$OUT/satchel-core:$COROUTINES"
fi
