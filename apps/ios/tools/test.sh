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
./swift.sh test -j 2 "$@"
