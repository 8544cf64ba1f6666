#!/usr/bin/env bash
# Compiles the library for Android, tests its engine modules, and builds and checks the sample
# application.
set -euo pipefail
cd "$(dirname "$0")"
if ! ./bring.sh apk; then
    echo "skipped android: the line above is why"
    exit 0
fi
./build_modules.sh
./test_onnx.sh
./test_litert.sh
./build_apk.sh
./check_apk.sh
