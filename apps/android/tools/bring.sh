#!/usr/bin/env bash
# Brings what builds and tests the Android library, and says what it installs.
#
#     apps/android/tools/bring.sh test    the Kotlin compiler, JUnit 5 and Android's classes: 110 MB
#     apps/android/tools/bring.sh apk     also what makes an APK, and ONNX Runtime: 190 MB more
#
# npm brings packages at the versions and with the hashes that package-lock.json pins. Debian's
# packages come by apt-get, which checks their signatures, or with a hash that stands below; what is
# there already is left alone. The last line says why where something cannot be had, and the exit
# status is then 1.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=apps/android/tools/compile.sh
. ./compile.sh

PACKAGES="junit5"
APK_PACKAGES="proguard-cli libasm-java aapt zipalign apksigner dexdump android-framework-res \
    unzip zip"

# Debian dropped these after bullseye: the file in the archive, and its SHA-256.
OLD_PACKAGES="
pool/main/a/android-framework-23/libandroid-23-java_6.0.1+r72-6_all.deb
8af1b6df556971dda0a6da3536ea526a838e0c363afcdd454213d8bce94793e3
pool/main/a/android-platform-dalvik/dalvik-exchange_10.0.0+r36-1_all.deb
8fc128db7c27253d963eb9b33de79b197162a4749d2ba69019b2fd0664cbd7fe
"

missing() {
    echo "$1" >&2
    exit 1
}

# Installs the npm packages of the folder $1. Further words say what they are.
bring_npm() {
    local folder=$1 name="${*:2}"
    [ -e "$folder/node_modules/.installed" ] &&
        cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed" && return
    command -v npm >/dev/null || missing "npm is not here: it brings $name"
    echo "npm: $name"
    (cd "$folder" && timeout 300 npm ci --silent) || missing "npm could not bring $name"
    # The package for Unity holds ONNX Runtime for other systems too: 300 MB.
    rm -rf "$folder"/node_modules/*/Plugins/{iOS~,macOS,Windows}
    cp "$folder/package-lock.json" "$folder/node_modules/.installed"
}

bring_packages() {
    local name absent=()
    command -v dpkg-query >/dev/null || missing "Debian's packages cannot be had: $*"
    for name in "$@"; do
        dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q " installed$" || absent+=("$name")
    done
    [ ${#absent[@]} -eq 0 ] && return
    echo "apt-get: ${absent[*]}"
    timeout 300 sh -c "apt-get update -qq &&
        apt-get install -qq -y --no-install-recommends ${absent[*]}" >/dev/null 2>&1 ||
        missing "apt-get could not install ${absent[*]}"
}

# Unpacks Debian's older packages into a folder of its own, from the mirror that apt uses.
bring_old_packages() {
    local mirror path sha256 file
    printf '%s' "$OLD_PACKAGES" | cmp -s - "$OLD/.installed" && return
    mirror=$(apt-get indextargets --format '$(SITE)' 'Component: main' | head -n 1)
    [ -n "$mirror" ] || missing "apt has no mirror for dx and Android's classes"
    rm -rf "$OLD" && mkdir -p "$OLD"
    while read -r path && read -r sha256; do
        file=$OLD/$(basename "$path")
        echo "apt-helper: $(basename "$path")"
        timeout 300 /usr/lib/apt/apt-helper -qq download-file "$mirror/$path" "$file" \
            "SHA256:$sha256" 2>/dev/null || missing "apt's mirror has no $path with the pinned hash"
        dpkg -x "$file" "$OLD" && rm "$file"
    done <<<"$(sed '/^$/d' <<<"$OLD_PACKAGES")"
    printf '%s' "$OLD_PACKAGES" >"$OLD/.installed"
}

# Unpacks ONNX Runtime for Android: its classes, and its libraries of 64 bits.
unpack_onnxruntime() {
    local archive=$ONNXRUNTIME_PACKAGE/Android/onnxruntime.aar
    [ "$ONNXRUNTIME/.installed" -nt "$archive" ] && return
    rm -rf "$ONNXRUNTIME" && mkdir -p "$ONNXRUNTIME"
    unzip -q "$archive" classes.jar proguard.txt 'jni/*64*/*' -d "$ONNXRUNTIME"
    touch "$ONNXRUNTIME/.installed"
}

version() {
    sed -n 's/^    "[a-z0-9.-]*": "\([0-9.]*\)".*/\1/p' "$1/package.json"
}

jdk 17 >/dev/null || PACKAGES+=" openjdk-17-jdk-headless"
bring_npm . "kotlin-compiler $(version .) (94 MB)"
[ "${1:-test}" = apk ] && PACKAGES+=" $APK_PACKAGES"
# shellcheck disable=SC2086
bring_packages $PACKAGES
bring_old_packages
if [ "${1:-test}" = apk ]; then
    bring_npm onnxruntime "ONNX Runtime for Android $(version onnxruntime) (150 MB)"
    unpack_onnxruntime
fi
