#!/bin/sh
# Makes satchel serve a service of systemd, or takes it away again.
#
#   sudo ./install.sh mnist.satchel imdb_lstm.satchel
#   sudo ./install.sh --camera --host 0.0.0.0 cifar100.satchel
#   sudo ./install.sh --update mnist.satchel
#   sudo ./install.sh --uninstall
#
# Run twice it leaves what run once leaves, with the same token; --uninstall removes all of it.
# --update gives new versions to the service that runs, which goes on without a gap.
# A bundle is installed only if the policy of this device allows it and its self-test passes. If
# anything fails, everything is as it was, and the exit code is not 0.
set -eu
# The service's user is none of root's: it reads what all may read.
umask 022

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=''
packages=''
extras='litert'
host='127.0.0.1'
port='8080'
camera='no'
also=''
action='install'
python=${PYTHON:-python3}
told='no'
switched='no'
made=''

usage() {
    cat <<'END'
usage: install.sh [OPTION]... BUNDLE...
       install.sh --update [--root DIR] BUNDLE...
       install.sh --uninstall [--root DIR]

  --host ADDRESS    to listen on (127.0.0.1); 0.0.0.0 is every network, with the token
  --port PORT       (8080)
  --camera          let the service have the camera; of the bundles for images, the one
                    whose name comes first watches it
  --also WORDS      more words for satchel serve, such as '--queue 16'
  --engine EXTRA    of satchel: litert, onnx or tflite (litert)
  --packages DIR    wheels to install from, as make wheels leaves them (../../../dist)
  --root DIR        install below DIR, and start nothing
  --update          only give these bundles, new or in new versions, to what is installed
  --uninstall       remove all that this script has installed
END
}

fail() {
    told='yes'
    printf 'install.sh: %s\n' "$1" >&2
    exit "${2:-2}"
}

# value OPTION VALUE...: the word behind an option.
value() {
    [ $# -ge 2 ] || fail "Expected a value behind $1, got none."
    printf '%s\n' "$2"
}

while [ $# -gt 0 ]; do
    case $1 in
        --host) host=$(value "$@"); shift ;;
        --port) port=$(value "$@"); shift ;;
        --engine) extras=$(value "$@"); shift ;;
        --packages) packages=$(value "$@"); shift ;;
        --root) root=$(value "$@"); shift ;;
        --also) also=$(value "$@"); shift ;;
        --camera) camera='yes' ;;
        --update) action='update' ;;
        --uninstall) action='uninstall' ;;
        --help) usage; exit 0 ;;
        --) shift; break ;;
        -*) fail "Expected an option of --help, got $1." ;;
        *) break ;;
    esac
    shift
done

case $host in *[!A-Za-z0-9.:-]* | '') fail "Expected an address as --host, got '$host'." ;; esac
case $port in *[!0-9]* | '') fail "Expected a number as --port, got '$port'." ;; esac
case $extras in *[!a-z,]* | '') fail "Expected litert, onnx or tflite as --engine, got '$extras'." ;; esac
case $also in
    *'
'*) fail 'Expected one line behind --also, got several.' ;;
esac
case $root in
    '' | /*) ;;
    *) root=$(pwd)/$root ;;
esac
root=${root%/}

program=$root/opt/satchel
settings=$root/etc/satchel
unit=$root/etc/systemd/system/satchel.service
dropins=$unit.d
# Where systemd has /var/lib/satchel of a dynamic user. Nobody else may look into it.
private=$root/var/lib/private
state=$private/satchel
bundles=$state/bundles
# Where the bundles are checked, which the user nobody must be able to read.
staged=$program/staged

# A unit is systemd's where it is installed for real.
manage() {
    if [ -z "$root" ]; then
        systemctl "$@"
    fi
}

uninstall() {
    if [ -e "$unit" ]; then
        manage disable --now satchel.service
    fi
    installed drop
    installed rm -rf
    rm -rf "$state"
    # A policy or keys in it are the administrator's, and stay.
    rmdir "$settings" 2>/dev/null || true
    (cd "${root:-/}" && rmdir -p var/lib/private) 2>/dev/null || true
    if [ -z "$root" ]; then
        # What systemd links there for a dynamic user.
        rm -f /var/lib/satchel
        systemctl daemon-reload
    fi
    echo 'satchel is removed'
}

# installed COMMAND...: do it to everything that this script writes.
installed() {
    for place in "$program" "$settings/serve.conf" "$settings/token" "$unit" "$dropins" "$bundles"; do
        "$@" "$place"
    done
}

# keep PATH: remember what is there. Links are enough, because no file is changed in its place.
keep() {
    drop "$1"
    [ ! -e "$1" ] || cp -al "$1" "$1.before"
}

drop() {
    rm -rf "$1.before" "$1.failed" "$1.new"
}

# restore PATH: bring back what was kept, or that there was nothing.
restore() {
    [ ! -e "$1" ] || mv "$1" "$1.failed"
    [ ! -e "$1.before" ] || mv "$1.before" "$1"
    drop "$1"
}

# make_folder DIR: with its parents, which undo removes if they are new.
make_folder() {
    [ ! -d "$1" ] || return 0
    make_folder "$(dirname -- "$1")"
    mkdir "$1"
    made="$1
$made"
}

# undo: at the end of a run that failed.
undo() {
    code=$?
    trap - EXIT INT HUP TERM
    set +e
    [ "$switched" = no ] || [ -e "$unit.before" ] || manage disable --now satchel.service
    installed restore
    printf '%s' "$made" | while IFS= read -r folder; do rmdir "$folder"; done
    if [ "$switched" = yes ]; then
        manage daemon-reload
        [ ! -e "$unit" ] || manage restart satchel.service
    fi
    if [ "$told" = no ]; then
        printf 'install.sh: Expected every step to work, got one that failed: all is as it was.\n' >&2
    fi
    exit "$code"
}

# write FILE MODE: standard input, in one step.
write() {
    (umask 077 && cat >"$1.new")
    chmod "$2" "$1.new"
    mv -f "$1.new" "$1"
}

install_program() {
    make_folder "$(dirname -- "$program")"
    mkdir -p "$program"
    # Bundles of before they were watched.
    rm -rf "$program/bundles"
    if [ ! -x "$program/bin/python" ]; then
        # The system's packages, where NumPy of a 32-bit Pi and picamera2 are.
        "$python" -m venv --system-site-packages "$program"
    fi
    "$program/bin/python" -m pip install --quiet --find-links "$packages" \
        "${runtime}[$extras,images]" "$service"
    "$program/bin/python" -m pip install --quiet --no-deps --force-reinstall "$runtime" "$service"
}

# wheel NAME: the newest wheel of that name.
wheel() {
    found=$(find "$packages" -maxdepth 1 -name "$1-[0-9]*.whl" | sort | tail -n 1)
    [ -n "$found" ] || fail "Expected a wheel of $1 in $packages, got none: make wheels builds it."
    printf '%s\n' "$found"
}

# check_bundles BUNDLE...: copy them, and check the copies.
check_bundles() {
    rm -rf "$staged"
    mkdir -p "$staged"
    for bundle in "$@"; do
        copy=$staged/$(basename -- "$bundle")
        write "$copy" 644 <"$bundle"
        set -f
        # shellcheck disable=SC2046 # words of satchel serve, which systemd splits in the same way
        if ! said=$(as_service selftest --isolated $(trust_words) "$copy" 2>&1 >/dev/null); then
            why=$(printf '%s\n' "$said" | tail -n 1)
            why=${why#satchel selftest: }
            fail "Expected a bundle that this device opens and that passes its self-test, got '$bundle': ${why:-its self-test fails.} All is as it was." 1
        fi
        set +f
        as_service info "$copy" | sed -n "s/^policy  /$(basename -- "$bundle"):/p"
    done
}

# install_bundles: put what was checked where satchel serve watches.
install_bundles() {
    if [ ! -d "$private" ]; then
        make_folder "$private"
        # systemd insists on it.
        chmod 700 "$private"
    fi
    make_folder "$bundles"
    # systemd gives new folders to the service, but only together with the state.
    [ -n "$root" ] || chown --reference="$state" "$bundles"
    for copy in "$staged"/*.satchel; do
        write "$bundles/$(basename -- "$copy")" 644 <"$copy"
    done
}

# remove_others: leave those bundles alone that were checked. The versions of the others are served
# too, so that none of the kept ones stay when a bundle goes.
remove_others() {
    for old in "$bundles"/*.satchel; do
        if [ ! -e "$staged/$(basename -- "$old")" ]; then
            rm -f "$old"
            rm -rf "$bundles/versions"
        fi
    done
}

# as_service WORDS: satchel, where it may do as little as the service's user, and under the policy
# of the system that is installed.
as_service() {
    if [ -z "$root" ]; then
        env -i PATH="$PATH" HOME=/ \
            setpriv --reuid=65534 --regid=65534 --clear-groups "$program/bin/satchel" "$@"
    elif [ -e "$settings/policy.toml" ]; then
        SATCHEL_POLICY=$settings/policy.toml "$program/bin/satchel" "$@"
    else
        "$program/bin/satchel" "$@"
    fi </dev/null
}

# trust_words: the words of --also that say which bundles satchel serve opens.
trust_words() {
    option=''
    for word in $also; do
        case $option in
            --trust) printf '%s\n' "$option" "$root$word" ;;
            --at-least) printf '%s\n' "$option" "$word" ;;
        esac
        option=$word
    done
}

# serve_words: what satchel serve is started with.
serve_words() {
    printf '%s' "--host $host --port $port"
    [ "$camera" = no ] || printf ' --camera'
    [ -z "$also" ] || printf ' %s' "$also"
    printf ' %s' '--watch /var/lib/satchel/bundles'
}

update() {
    [ -e "$unit" ] || fail 'Expected an installed service to update, got none: leave --update out.'
    also=$(sed -n 's/^SATCHEL_SERVE=//p' "$settings/serve.conf")
    trap 'rm -rf "$staged"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' HUP TERM
    check_bundles "$@"
    install_bundles
    manage reload-or-restart satchel.service
    echo "satchel takes $*: its journal and /healthz say if it refuses one"
}

install_settings() {
    make_folder "$settings"
    chmod 755 "$settings"
    if [ ! -e "$settings/token" ]; then
        od -An -N32 -tx1 /dev/urandom | tr -d ' \n' | write "$settings/token" 600
    fi
    {
        echo '# Written by install.sh, anew each time. What there is: satchel serve --help.'
        echo "SATCHEL_SERVE=$(serve_words)"
    } | write "$settings/serve.conf" 644
}

install_unit() {
    make_folder "$(dirname -- "$unit")"
    write "$unit" 644 <"$here/satchel.service"
    if [ "$camera" = yes ]; then
        mkdir -p "$dropins"
        write "$dropins/camera.conf" 644 <"$here/camera.conf"
    else
        rm -rf "$dropins/camera.conf"
        rmdir "$dropins" 2>/dev/null || true
    fi
}

if [ "$action" = uninstall ]; then
    [ $# -eq 0 ] || fail "Expected no bundle with --uninstall, got $1."
    uninstall
    exit 0
fi

[ $# -gt 0 ] || fail 'Expected a bundle to serve, got none: see --help.'
names=' '
for bundle in "$@"; do
    [ -f "$bundle" ] || fail "Expected a bundle, got '$bundle': there is no such file."
    name=$(basename -- "$bundle")
    case $name in
        *[!A-Za-z0-9._-]* | .*) fail "Expected a file name of letters, digits, . _ and -, got '$bundle'." ;;
        *.satchel) ;;
        *) fail "Expected a file name that ends with .satchel, got '$bundle'." ;;
    esac
    case $names in
        *" $name "*) fail "Expected bundles of different file names, got two of $name." ;;
    esac
    names="$names$name "
done
[ -n "$root" ] || [ "$(id -u)" -eq 0 ] || fail 'Expected to be run by root: sudo ./install.sh.'
if [ "$action" = update ]; then
    update "$@"
    exit 0
fi
packages=${packages:-$here/../../../dist}
[ -d "$packages" ] || fail "Expected a folder of wheels, got '$packages': make wheels makes it."

# Found by name, so that a wheel of the same version that was built anew is installed, too.
runtime=$(wheel satchel)
service=$(wheel satchel_pi)

installed keep
trap undo EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM
install_program
check_bundles "$@"
install_bundles
remove_others
rm -rf "$staged"
install_settings
install_unit
switched='yes'
manage daemon-reload
manage enable satchel.service
manage restart satchel.service
trap - EXIT INT HUP TERM
installed drop
echo "satchel serves $* with $(serve_words)"
echo "its token is in $settings/token"
