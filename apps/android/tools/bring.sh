#!/usr/bin/env bash
# Brings what builds and tests the Android library, and says what it installs.
#
#     apps/android/tools/bring.sh test    the Kotlin compiler and JUnit 5
#     apps/android/tools/bring.sh apk     also what makes an APK
#
# npm brings the compiler, at the version and with the hash that package-lock.json pins. Debian's
# packages come by apt-get, which checks their signatures; what is there already is left alone.
# The last line says why where something cannot be had, and the exit status is then 1.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=apps/android/tools/compile.sh
. ./compile.sh

declare -A PACKAGES=(
    [test]="junit5"
    [apk]="junit5 proguard-cli libasm-java aapt zipalign apksigner dexdump android-framework-res"
)

missing() {
    echo "$1" >&2
    exit 1
}

bring_compiler() {
    [ -e node_modules/.installed ] && cmp -s package-lock.json node_modules/.installed && return
    command -v npm >/dev/null || missing "npm is not here: it brings the Kotlin compiler"
    echo "npm: kotlin-compiler $(sed -n 's/.*"kotlin-compiler": "\(.*\)".*/\1/p' package.json)"
    timeout 300 npm ci --silent || missing "npm could not bring the Kotlin compiler"
    cp package-lock.json node_modules/.installed
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

jdk 17 >/dev/null || PACKAGES[test]+=" openjdk-17-jdk-headless"
bring_compiler
# shellcheck disable=SC2086
bring_packages ${PACKAGES[${1:-test}]}
