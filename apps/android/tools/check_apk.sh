#!/usr/bin/env bash
# Checks the sample application's APK: its signature, what it asks for, its code and its libraries.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=apps/android/tools/compile.sh
. tools/compile.sh
OUT=build
APK=$OUT/satchel-sample.apk
REPORT=$OUT/check
mkdir -p $REPORT

fail() {
    echo "Expected $1, got $2." >&2
    exit 1
}

apksigner verify --verbose $APK >$REPORT/signature.txt
for scheme in v2 v3; do
    grep -q "^Verified using $scheme scheme .*: true$" $REPORT/signature.txt ||
        fail "a signature of scheme $scheme" "$(tr '\n' ' ' <$REPORT/signature.txt)"
done

aapt dump badging $APK >$REPORT/badging.txt
# The camera is asked for at run time; the network is for bundles that a user downloads.
PERMISSIONS="android.permission.CAMERA android.permission.INTERNET"
asked=$(sed -n "s/^uses-permission: name='\([^']*\)'.*/\1/p" $REPORT/badging.txt | tr '\n' ' ')
[ "${asked% }" = "$PERMISSIONS" ] || fail "the permissions '$PERMISSIONS'" "'${asked% }'"
grep -q "^sdkVersion:'24'$" $REPORT/badging.txt || fail "Android 7 and later" "another"
grep -q "^native-code: 'arm64-v8a' 'x86_64'$" $REPORT/badging.txt ||
    fail "libraries for arm64-v8a and x86_64" "$(grep ^native-code $REPORT/badging.txt)"

# A device stops at this instruction, which only newer versions of Android know in full.
unzip -q -o $APK classes.dex -d $REPORT
calls=$(dexdump -d $REPORT/classes.dex | grep -c invoke-custom || true)
[ "$calls" = 0 ] || fail "code without invoke-custom" "$calls of them"

python3 tools/check_archive.py $APK ../../zoo

if [ -d $OUT/linux ]; then
    LD_LIBRARY_PATH=$OUT/linux "$(jdk 17)/bin/java" -Xverify:all -Xmx1g \
        -Donnxruntime.native.path=$OUT/linux -cp "$OUT/apk/shrunk.jar:$ANDROID_JAR" \
        tools/apk/RunShrunk.java $OUT/apk/shrunk.jar $OUT/apk/assets/zoo
else
    echo "skipped the run of the shrunk classes: ONNX Runtime is here for Linux on x86-64 only"
fi
