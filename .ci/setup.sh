#!/bin/sh
# setup.sh PYTHON VENV [EXTRAS]: makes the virtual environment and installs the package with everything its tests need.
set -eu
python=$1
venv=$2
extras=${3:-test}

fail() {
    echo "$*" >&2
    exit 1
}

command -v "$python" >/dev/null || fail "'$python' was not found. Install Python 3.11 or newer, or run: make PYTHON=/path/to/python"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "napari-dentlm needs Python 3.11 or newer; '$python' is $("$python" -V 2>&1). Run: make PYTHON=/path/to/python"

if [ ! -x "$venv/bin/pip" ]; then
    echo "Making the environment $venv ..."
    if ! "$python" -m venv "$venv"; then
        rm -rf "$venv"
        fail "Python cannot make a virtual environment. On Debian or Ubuntu run: sudo apt-get install -y python3-venv"
    fi
fi

echo "Installing (about two minutes the first time) ..."
"$venv/bin/python" -m pip install -qq --disable-pip-version-check --upgrade pip
"$venv/bin/python" -m pip install -qq --disable-pip-version-check -e ".[$extras]"

# The CUDA build of torch is gigabytes larger and of no use without an NVIDIA card.
cuda=$("$venv/bin/python" -c 'import torch; print(torch.version.cuda or "")')
if [ -n "$cuda" ] && [ -z "${DENTLM_ALLOW_CUDA:-}" ] && ! nvidia-smi -L >/dev/null 2>&1; then
    fail "The CUDA $cuda build of torch was installed, but this machine has no NVIDIA card.
Install the CPU build of torch into $venv and run make again, or accept this one with: DENTLM_ALLOW_CUDA=1 make ..."
fi
