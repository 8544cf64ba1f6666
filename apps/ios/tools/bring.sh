#!/usr/bin/env bash
# Brings Swift 6 as Debian 13 has it, in a folder of its own that is kept, and says what it costs.
#
#     apps/ios/tools/bring.sh           prints the folder on its last line
#
# The folder is build/swift of the repository, or the one that SATCHEL_SWIFT names. The first time
# takes some 4 minutes and 2.7 GB. It needs root and Debian's mmdebstrap. The last line says why
# where something cannot be had, and the exit status is then 1.
set -euo pipefail
cd "$(dirname "$0")/../../.."
FOLDER=${SATCHEL_SWIFT:-$PWD/build/swift}
PACKAGES=swiftlang,libc6-dev,libstdc++-14-dev,ca-certificates,git,zlib1g-dev,libpng-dev,libjpeg62-turbo-dev
SECONDS_ALLOWED=${SATCHEL_SWIFT_SECONDS:-1200}

missing() {
    echo "$1" >&2
    exit 1
}

# A link that is seen from here leads out of the folder, so that it is not followed.
if [ ! -L "$FOLDER/usr/bin/swift" ] && [ ! -x "$FOLDER/usr/bin/swift" ]; then
    [ ! -e "$FOLDER" ] || missing "$FOLDER is there, but holds no Swift: name another folder"
    [ "$(id -u)" = 0 ] || missing "Swift is not here, and only root can bring it into $FOLDER"
    if ! command -v mmdebstrap >/dev/null; then
        command -v apt-get >/dev/null || missing "mmdebstrap cannot be had: no apt-get here"
        timeout 300 sh -c "apt-get update -qq && apt-get install -qq -y mmdebstrap" \
            >/dev/null 2>&1 || missing "apt-get could not install mmdebstrap"
    fi
    echo "mmdebstrap: Swift into $FOLDER, some 4 minutes and 2.7 GB, kept afterwards" >&2
    MIRROR=$(grep -hs -m1 '^URIs' /etc/apt/sources.list.d/*.sources | awk '{print $2}')
    [ -n "$MIRROR" ] || missing "Debian's mirror is not in /etc/apt/sources.list.d"
    # Another name until it is whole: a folder that was cut short would be taken for Swift.
    rm -rf --one-file-system "$FOLDER.part"
    mkdir -p "$(dirname "$FOLDER")"
    timeout "$SECONDS_ALLOWED" mmdebstrap --mode=root --variant=minbase --include="$PACKAGES" \
        trixie "$FOLDER.part" "$MIRROR" >"$FOLDER.log" 2>&1 ||
        missing "mmdebstrap could not bring Swift: $(tail -n 1 "$FOLDER.log")"
    mv "$FOLDER.part" "$FOLDER"
fi
echo "$FOLDER"
