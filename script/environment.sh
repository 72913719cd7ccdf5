# Sourced by the other scripts: makes .venv and installs what the given requirement files pin.
# Nothing is done when the stamp of a file still matches, so that a second start is quick.

# prepare_environment FILE... : the pinned requirements that must be there, such as requirements.txt
prepare_environment() {
    local python=${PYTHON:-python3}
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
        echo "Jawab needs Python 3.11 or newer as “$python”; set PYTHON to the one to use." >&2
        return 1
    }
    # One at a time, when two scripts start together in a fresh clone (the lock is on the folder itself).
    (
        ! command -v flock >/dev/null || flock 9
        if ! .venv/bin/python -c '' 2>/dev/null; then
            echo "Making .venv …"
            "$python" -m venv --clear .venv || {
                echo "Python cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2
                exit 1
            }
        fi
        for file in "$@"; do
            install_if_changed "$file" || exit 1
        done
    ) 9<. || return 1
}

install_if_changed() {
    local stamp=.venv/installed-$1 wanted
    wanted=$(.venv/bin/python -c 'import hashlib, sys; print(sys.version, hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$1")
    [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && return 0
    echo "Installing $1 …"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement "$1" || {
        echo "The packages of $1 could not be installed; the lines above say why." >&2
        return 1
    }
    echo "$wanted" >"$stamp"
}
