#!/bin/sh
# Finds the system libraries that Qt and the virtual screen need, and the browser that tests the page. As root on Debian
# or Ubuntu the missing ones are installed; otherwise the script stops with the one line to run. Without the browser
# the tests of the page are skipped.
set -eu
PATH="$PATH:/usr/sbin:/sbin"

[ "$(uname -s)" = Linux ] || exit 0

libraries=$(ldconfig -p 2>/dev/null || true)
missing=""
unmet=""
present() {
    # present PATTERN: PATTERN is a library's file name, or a program.
    case $1 in
        *.so.*) case $libraries in *"$1"*) return 0 ;; esac ;;
        *) command -v "$1" >/dev/null 2>&1 && return 0 ;;
    esac
    return 1
}
need() { present "$2" || missing="$missing $1"; }
wish() { present "$2" || unmet="$unmet $1"; }
need xvfb Xvfb
need xauth xauth
need libegl1 libEGL.so.1
need libdbus-1-3 libdbus-1.so.3
need libfontconfig1 libfontconfig.so.1
need libglib2.0-0 libglib-2.0.so.0
need libxcb-cursor0 libxcb-cursor.so.0
need libxcb-icccm4 libxcb-icccm.so.4
need libxcb-keysyms1 libxcb-keysyms.so.1
need libxcb-shape0 libxcb-shape.so.0
need libxkbcommon-x11-0 libxkbcommon-x11.so.0
wish chromium chromium
wish chromium-driver chromedriver
[ -n "$missing$unmet" ] || exit 0

install="apt-get install -y --no-install-recommends"
skipping() {
    [ -z "$unmet" ] || echo "The tests of the browser page will be skipped:$unmet not found (Debian names)."
}
if [ -z "$missing" ] && { [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; }; then
    skipping
    exit 0
fi
if ! command -v apt-get >/dev/null 2>&1; then
    echo "The GUI tests need these system libraries (Debian names):$missing. Install them and run make test again." >&2
    exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "The GUI tests need system libraries that are missing. Run this line, then make test again:" >&2
    echo "    sudo apt-get update && sudo $install$missing" >&2
    exit 1
fi
echo "Installing system libraries:$missing$unmet"
if ! apt-get update -qq && [ -z "$missing" ]; then
    skipping
    exit 0
fi
[ -z "$missing" ] || DEBIAN_FRONTEND=noninteractive $install $missing -qq >/dev/null
[ -z "$unmet" ] || DEBIAN_FRONTEND=noninteractive $install $unmet -qq >/dev/null || skipping
