#!/bin/sh
# Creates .venv and installs requirements.lock, every file checked by its hash; does nothing when that is done already.
# .venv/requirements.lock is the stamp: the lock that was installed, written last.
set -eu
PATH=${PATH#"$PWD/.venv/bin:"}  # make puts it first; the environment is not made from itself
say() { printf 'error: %s\n' "$1" >&2; exit 1; }

[ "$(uname -s) $(uname -m)" = "Linux x86_64" ] ||
    say "this project runs on Linux x86-64, this is $(uname -s) $(uname -m): use such a machine or container"
cmp -s requirements.lock .venv/requirements.lock && .venv/bin/python -c '' 2>/dev/null && exit 0

python=""
for candidate in ${PYTHON:-python3 python3.11 python3.12 python3.13}; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$candidate; break; fi
done
[ -n "$python" ] || say "Python 3.11 or newer is needed, found $(python3 --version 2>&1 || true): install one, or name it: make repro PYTHON=/path/to/python3.12"
"$python" -c 'import venv, ensurepip' 2>/dev/null ||
    say "$python cannot create environments: install its venv module (Debian: apt-get install python3-venv)"

echo "installing into .venv: about 3 minutes and 6 GB, once"
rm -rf .venv
"$python" -m venv .venv
install() {
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes "$@" ||
        say "the packages could not be installed: see pip's words above; a network to the package index and 6 GB are needed"
}
# antlr4-python3-runtime comes as source only. In isolation pip would build it with whatever setuptools the index has, and
# check no hash of that; so the locked one comes first and builds it.
sed -n '/^setuptools==/,/# via/p' requirements.lock > .venv/setuptools.lock
install --requirement .venv/setuptools.lock
install --no-build-isolation --use-pep517 --requirement requirements.lock
cp requirements.lock .venv/requirements.lock
