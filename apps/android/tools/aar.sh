#!/usr/bin/env bash
# Compiles the library for Android, and writes its JAR, AARs and POMs into dist/android.
set -euo pipefail
cd "$(dirname "$0")"
if ! ./bring.sh apk; then
    echo "skipped android-aar: the line above is why"
    exit 0
fi
./build_modules.sh
python3 aar.py ../build ../../../dist/android
