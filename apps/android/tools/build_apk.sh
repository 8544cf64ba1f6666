#!/usr/bin/env bash
# Builds the sample application: apps/android/build/satchel-sample.apk, signed with a key of this
# machine. `make android` runs it.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=apps/android/tools/compile.sh
. tools/compile.sh
OUT=build
APK=$OUT/apk
JDK=$(jdk 17)
LEAST_API=24     # ONNX Runtime's own
TARGET_API=29    # the last that Debian has the resources of
rm -rf $APK && mkdir -p $APK/assets/zoo $APK/java

# Resources and assets.
cp ../../zoo/*.satchel $APK/assets/zoo
mkdir $APK/assets/conformance
cp -r ../../tests/golden/conformance/pictures{,.json} $APK/assets/conformance
aapt2 compile --dir sample/res -o $APK/res.zip
aapt2 link -I /usr/share/android-framework-res/framework-res.apk \
    --manifest sample/AndroidManifest.xml --java $APK/java \
    --min-sdk-version $LEAST_API --target-sdk-version $TARGET_API -o $APK/app.apk $APK/res.zip
"$JDK/bin/javac" -nowarn -Xlint:-options -source 8 -target 8 -bootclasspath "$ANDROID_JAR" \
    -d $APK/classes "$(find $APK/java -name R.java)"

# Classes: the application, the modules, Kotlin and ONNX Runtime, shrunk to what is used.
MODULES=("$OUT/satchel-core" "$OUT/satchel-onnx")
[ -d satchel-android ] && MODULES+=("$OUT/satchel-android")
kotlinc -no-jdk -no-stdlib -jvm-target 1.8 -Xlambdas=class -Xsam-conversions=class \
    -Xstring-concat=inline -module-name satchel-sample \
    -cp "$(printf '%s:' "${MODULES[@]}")$APK/classes:$STDLIB:$ANDROID_JAR:$COROUTINES" \
    -d $APK/classes sample/src/main/kotlin
for library in "$STDLIB" "$COROUTINES"; do
    # dx stops at module-info, and an application does not need what describes a JAR.
    cp "$library" $APK && zip -q -d "$APK/$(basename "$library")" 'META-INF/*'
done
"$JDK/bin/java" -cp $DEBIAN_JAVA/asm.jar tools/apk/LowerClasses.java \
    "$ONNXRUNTIME/classes.jar" $APK/onnxruntime.jar
mapfile -t INPUTS < <(printf -- '-injars\n%s(!META-INF/**)\n' "${MODULES[@]}")
proguard @sample/app.pro -injars "$APK/classes" "${INPUTS[@]}" \
    -injars "$APK/$(basename "$STDLIB")" -injars "$APK/$(basename "$COROUTINES")" \
    -injars $APK/onnxruntime.jar -libraryjars "$ANDROID_JAR" -outjars $APK/shrunk.jar \
    >$APK/proguard.log || { tail -n 20 $APK/proguard.log && exit 1; }
"$JDK/bin/java" -Xmx1g -cp "$DX_JAR" com.android.dx.command.Main --dex \
    --min-sdk-version=$LEAST_API --output=$APK/classes.dex $APK/shrunk.jar

# The bundles are stored: any part of one can be read in place. The libraries of C are compressed:
# Android unpacks them when it installs, whatever its page size.
mkdir $APK/lib
cp -r "$ONNXRUNTIME"/jni/* $APK/lib
(cd $APK && zip -q -X -0 -r app.apk classes.dex assets && zip -q -X -r -9 app.apk lib)
zipalign -f -p 4 $APK/app.apk $APK/aligned.apk

KEY=$OUT/sample.keystore
if [ ! -e $KEY ]; then
    "$JDK/bin/keytool" -genkeypair -keystore $KEY -storepass satchel -alias sample -keyalg EC \
        -groupname secp256r1 -validity 10000 -dname "CN=Satchel sample" 2>/dev/null
fi
apksigner sign --ks $KEY --ks-pass pass:satchel --out $OUT/satchel-sample.apk $APK/aligned.apk
