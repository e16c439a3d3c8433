#!/bin/sh
# demo.sh VENV OUT: labels the sample films, compares the points with the true ones, draws an overlay of each film.
set -eu
dentlm=$1/bin/dentlm
out=$2

"$dentlm" label sample_data/films --out "$out/landmarks.csv" --overlay "$out/overlays" --work "$out/work" \
    --predictions-only
echo
"$dentlm" evaluate "$out/landmarks.csv" sample_data/films/truth.csv --per-film
echo
echo "Points:   $out/landmarks.csv"
echo "Pictures: $out/overlays ($(find "$out/overlays" -name '*.png' | wc -l | tr -d ' ') films)"
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || [ "$(uname -s)" = Darwin ]; then
    echo "To look at them in napari, run: $dentlm open sample_data/films --work $out/work"
fi
