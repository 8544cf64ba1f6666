#!/usr/bin/env bash
# Tests satchel-onnx on the JVM, with the classes of ONNX Runtime for Android, the C code that joins
# them to it, and the library of the same version for Linux on x86-64. `make android` runs it after
# the modules are compiled; further arguments are options of Java.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=apps/android/tools/compile.sh
. tools/compile.sh
OUT=build
CLASSES=$OUT/satchel-core:$OUT/satchel-onnx:$ONNXRUNTIME/classes.jar
JDK=$(jdk 17)
if [ "$(uname -sm)" != "Linux x86_64" ]; then
    echo "skipped the tests of satchel-onnx: they need Linux on x86-64, this is $(uname -sm)"
    exit 0
fi

mkdir -p $OUT/linux
python3 tools/jni_for_linux.py "$ONNXRUNTIME/jni/x86_64/libonnxruntime4j_jni.so" \
    $OUT/linux/libonnxruntime4j_jni.so
cp "$ONNXRUNTIME_PACKAGE/Linux/x64/libonnxruntime.so" $OUT/linux

rm -rf $OUT/onnx-tests
CORE_TESTS=satchel-core/src/test/kotlin/satchel
kotlinc -jdk-home "$JDK" -jvm-target 17 -module-name satchel-onnx-test \
    -Xfriend-paths="$OUT/satchel-core,$OUT/satchel-onnx" -cp "$CLASSES:$JUNIT" -d $OUT/onnx-tests \
    $CORE_TESTS/{RealBundles,PngImages,ImageVectors,VectorFiles,VectorSpecs}.kt \
    satchel-onnx/src/test/kotlin
LD_LIBRARY_PATH=$OUT/linux junit $OUT/onnx-tests "$JDK" "$CLASSES" \
    -Dsatchel.root="$(cd ../.. && pwd)" -Donnxruntime.native.path=$OUT/linux "$@"
