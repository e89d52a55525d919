#!/usr/bin/env bash
# Build both versions of the raffle: `build.sh DIR` writes DIR/v1.wasm and DIR/v2.wasm, pinned, and
# DIR/*.not-pinned.wasm, which show what goes wrong otherwise.  `PYTHON` is a Python that has scm.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
python=${PYTHON:-$here/../../.venv/bin/python}
out=${1:-$here/build}
mkdir -p "$out"
out=$(cd -- "$out" && pwd -P)

# Every C compiler for Wasm will do; this one comes with scm.
compile() {
    "$python" -m ziglang cc -target wasm32-freestanding -O2 -g0 -Wall -Wextra -Werror \
        -nostdlib -Wl,--no-entry -Wl,--strip-all -I "$here" "$@"
}

for version in v1 v2; do
    cd -- "$here/$version"
    compile raffle.c -o "$out/$version.linked.wasm"
    "$python" -m scm.cli.main pin "$out/$version.linked.wasm" \
        --lock slots.lock --header slots.h -o "$out/$version.wasm"
    compile -DNOT_PINNED raffle.c -o "$out/$version.not-pinned.wasm"
done
