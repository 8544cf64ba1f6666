#!/usr/bin/env bash
# Runs swift with the arguments in the folder of bring.sh, on a copy of this checkout:
#
#     apps/ios/tools/swift.sh test -j 2
#     apps/ios/tools/swift.sh run satchel-swift info zoo/mnist.satchel
#
# The copy and what is built stay in the folder for the next time. Both engines come from the
# Python environment of the repository, if they are there. The file of SATCHEL_DIFFERENTIAL goes in, and that of SATCHEL_PASSED comes out.
set -euo pipefail
cd "$(dirname "$0")/../../.."
FOLDER=$(apps/ios/tools/bring.sh | tail -n 1)
# Checkouts do not share a copy: each has its own name.
COPY=/satchel/$(echo "$PWD" | cksum | cut -d' ' -f1)
PYTHON=${PYTHON:-$PWD/.venv/bin/python}

copy() {
    local name
    mkdir -p "$FOLDER$COPY"
    cp -u Package.swift "$FOLDER$COPY/"
    for name in apps/ios tests/golden zoo apps/web/tests/browser; do
        mkdir -p "$FOLDER$COPY/$name"
        # What git keeps, so that nothing built comes along; files that are gone go there too.
        (cd "$FOLDER$COPY/$name" && find . -type f -newermt @0 | sort) >"$FOLDER$COPY/.there"
        (cd "$name" && git ls-files -co --exclude-standard . | sed 's|^|./|' | sort) \
            >"$FOLDER$COPY/.here"
        comm -23 "$FOLDER$COPY/.there" "$FOLDER$COPY/.here" |
            while read -r gone; do rm -f "$FOLDER$COPY/$name/$gone"; done
        (cd "$name" && xargs -d '\n' cp -u --parents -t "$FOLDER$COPY/$name") \
            <"$FOLDER$COPY/.here"
    done
}

mount_proc() {
    mountpoint -q "$FOLDER/proc" && return
    mount -t proc proc "$FOLDER/proc"
    trap 'umount "$FOLDER/proc"' EXIT
}

engines() {
    local name path version
    mkdir -p "$FOLDER/opt/satchel"
    "$PYTHON" apps/android/tools/engine_libraries.py 2>/dev/null | sed 's/^-Dsatchel\.//' |
        while IFS== read -r name path; do
            case $name in
            litert | onnx)
                cp -u "$path" "$FOLDER/opt/satchel/"
                echo "SATCHEL_${name^^}=/opt/satchel/$(basename "$path")"
                ;;
            litert.version) echo "SATCHEL_LITERT_VERSION=$path" ;;
            esac
        done || true
}

copy
mount_proc
mapfile -t NAMED < <(engines)
[ -z "${SATCHEL_FUZZ:-}" ] || NAMED+=("SATCHEL_FUZZ=$SATCHEL_FUZZ")
if [ -n "${SATCHEL_DIFFERENTIAL:-}" ]; then
    cp "$SATCHEL_DIFFERENTIAL" "$FOLDER$COPY/differential.json"
    NAMED+=("SATCHEL_DIFFERENTIAL=$COPY/differential.json")
fi
if [ -n "${SATCHEL_PASSED:-}" ]; then
    : >"$FOLDER$COPY/passed"
    NAMED+=("SATCHEL_PASSED=$COPY/passed")
fi
status=0
chroot "$FOLDER" env -i HOME=/root PATH=/usr/bin:/bin "${NAMED[@]}" \
    sh -c 'cd "$1" && shift && exec swift "$@"' sh "$COPY" "$@" || status=$?
[ -z "${SATCHEL_PASSED:-}" ] || cp "$FOLDER$COPY/passed" "$SATCHEL_PASSED"
exit $status
