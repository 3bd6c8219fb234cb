# Sourced by the scripts beside it, with `root` set: `workspace …` is the program's command of that name, run in `.venv`.
# shellcheck shell=bash
prepare() {
    if [ -x "$root/.venv/bin/python" ]; then return; fi
    "${PYTHON:-python3}" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: PYTHON=python3.13 '"$0"'")'
    echo "Installing what requirements.lock names into $root/.venv …" >&2
    if ! { "${PYTHON:-python3}" -m venv "$root/.venv" &&
        "$root/.venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$root/requirements.lock"; }; then
        rm -rf "$root/.venv"
        echo "That failed, and $root/.venv is removed again. Mend what is said above, and repeat." >&2
        exit 1
    fi
}

workspace() {
    prepare
    "$root/.venv/bin/python" "$root/deploy_integrations_solution.py" workspace "$@"
}
