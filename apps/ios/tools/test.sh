#!/usr/bin/env bash
# Compiles the Swift package and runs its tests on Linux. Arguments are those of `swift test`.
#
#     SATCHEL_PASSED=FILE         writes a line for each case of the vectors that passed
#     SATCHEL_DIFFERENTIAL=FILE   compares with what tests/conformance/differential.py wrote
#     SATCHEL_FUZZ=100000         more damaged bundles than the 3,000 of every run
set -euo pipefail
cd "$(dirname "$0")"
if ! ./bring.sh >/dev/null; then
    echo "skipped ios-test: the line above is why"
    exit 0
fi
# It also parses what is not compiled on Linux: the adapters and the sample application.
./swift.sh format lint --recursive --strict --configuration apps/ios/.swift-format \
    Package.swift apps/ios/Sources apps/ios/Tests apps/ios/Sample
./swift.sh test -j 2 "$@"
PYTHON=${PYTHON:-$(cd ../../.. && pwd)/.venv/bin/python}
if [ $# -eq 0 ] && [ -x "$(dirname "$PYTHON")/satchel" ]; then
    # The tests have built the command.
    "$PYTHON" compare_command.py
fi
