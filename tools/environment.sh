# Sets up the virtual environment of this checkout; sourced by `demo` and `test`, not run.
#
# `prepare_environment EXTRA` installs scm (and the extra's packages; empty for none) in
# `$SCM_VENV`, by default `.venv`.  A stamp records what it was made from, so that it is made again
# only when Python, pyproject.toml, the pinned versions or the checkout's place have changed.

unset PYTHONPATH PYTHONHOME

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
venv=${SCM_VENV:-$root/.venv}

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "error: $1"
    shift
    local help
    for help in "$@"; do say "   = help: $help"; done
    exit 1
}

is_python_311() {
    "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1
}

find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3.11 python3 python; do
        if [ -n "$candidate" ] && is_python_311 "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    fail "Python 3.11 was not found" \
        "on Debian or Ubuntu: apt install python3.11 python3.11-venv" \
        "if it is elsewhere, name it: PYTHON=/path/to/python3.11 $0"
}

make_venv() {
    local python=$1
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        fail "this Python can not make virtual environments (it has no ensurepip)" \
            "on Debian or Ubuntu: apt install python3.11-venv"
    fi
    say "making a virtual environment in $venv"
    "$python" -m venv --clear "$venv" || fail "$venv could not be made"
}

install_packages() {
    local target=$root
    [ -z "$1" ] || target="$root[$1]"
    say "installing scm and its pinned dependencies, a few minutes the first time"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
        --constraint "$root/requirements.lock" --editable "$target" ||
        fail "the packages could not be installed" \
            "the lines above say why; pip must be able to reach a package registry"
}

prepare_environment() {
    local extra=$1 python stamp wanted
    python=$(find_python)
    stamp="$venv/scm-stamp-${extra:-run}"
    wanted=$(
        printf '%s\n' "$root"
        "$python" --version
        cksum <"$root/pyproject.toml"
        cksum <"$root/requirements.lock"
    )
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then return; fi
    if ! is_python_311 "$venv/bin/python" || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1
    then
        make_venv "$python"
    fi
    install_packages "$extra"
    # An extra comes on top of what running scm needs.
    printf '%s\n' "$wanted" | tee "$venv/scm-stamp-run" >"$stamp"
}

# `prepare_motoko NAME` installs Motoko's compiler in `build/NAME`, and sets `folder` to that.
prepare_motoko() {
    command -v npm >/dev/null || fail "npm was not found" "install Node 20 or later: it brings npm"
    folder=$root/build/$1
    mkdir -p "$folder"
    cp "$root"/tools/codec_peers/{package.json,compile.cjs} "$folder/"
    [ ! -d "$folder/node_modules/motoko" ] || return 0
    say "installing the compiler of tools/codec_peers/package.json"
    npm install --prefix "$folder" --no-package-lock --no-audit --no-fund --silent ||
        fail "the compiler could not be installed" "npm must be able to reach a package registry"
}
