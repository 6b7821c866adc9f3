#!/bin/sh
# The project's Python for Git's hooks and merge drivers, which make does not start: this work tree's, or that of the
# main work tree where this one is linked to it (`git worktree add`), which saves 6 GB.
set -eu
export PYTHONDONTWRITEBYTECODE=1
main=$(dirname "$(git rev-parse --path-format=absolute --git-common-dir)")
for python in .venv/bin/python "$main/.venv/bin/python"; do
    if [ -x "$python" ]; then exec "$python" "$@"; fi
done
echo "error: there is no .venv in $PWD or $main: take the git command back (in a merge \`git merge --abort\`)," \
     "run \`make check\`, which makes .venv, then the git command again" >&2
exit 1
