"""make hooks: let Git merge dvc.lock a stage at a time, and run `make check` before a commit, in this clone.

Example: `make hooks`; `make hooks OFF=1` takes all of it away. Writes into .git only (config, info/attributes, hooks),
so each clone asks for it once, and linked work trees share it. docs/merging.md says what it is for.
"""

import subprocess
from pathlib import Path

from xrays import console

CHECK = "sh commands/python.sh -m commands.check --staged"
HOOK = f"""#!/bin/sh
# Made by `make hooks`, taken away by `make hooks OFF=1`: refuses a commit whose dvc.lock does not belong to the code,
# params and metrics in it. `git commit --no-verify` goes past it.
[ -f commands/check.py ] || exit 0  # a revision from before there was a check
exec {CHECK}
"""
ATTRIBUTES = ["dvc.lock merge=dvc-lock", "metrics/** merge=dvc-metrics"]  # stronger than those of .gitattributes
HOOKS = ("pre-commit", "pre-merge-commit")  # the second before the commit that `git merge` makes by itself
DRIVERS = {
    "merge.dvc-lock.name": "dvc.lock, a stage at a time",
    "merge.dvc-lock.driver": "sh commands/python.sh -m commands.merge --base %O --ours %A --theirs %B",
    # Git asks only where both sides changed a file, and keeps %A, which is HEAD's.
    "merge.dvc-metrics.name": "metrics/, made anew by make repro",
    "merge.dvc-metrics.driver": "echo %P': changed on both sides, kept as in HEAD: make it anew with make repro "
                                "(noise.json: make noise)' >&2",
}


def install() -> list[str]:
    """Set the drivers, write the hooks; returns what was done. Raises BadInput where one's own hook is in the way."""
    for key, value in DRIVERS.items():
        git("config", key, value)
    attribute(ATTRIBUTES)
    said = ["Git now merges dvc.lock and metrics/ with this project's drivers"]
    folder, shared = hooks_folder()
    blocked = []
    for path in (folder / name for name in HOOKS):
        present = _read(path)
        if present != HOOK and "commands.check" in present:
            said.append(f"{path} is your own and runs the check already")
        elif present not in ("", HOOK) or shared:
            blocked.append(str(path))
        else:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(HOOK, encoding="utf-8")
            path.chmod(0o755)
            said.append(f"{path} runs `make check` on what is to be committed")
    if blocked:
        whose = f"core.hooksPath is {shared}, and Git reads no other hooks" if shared else "there are hooks of your own"
        raise console.BadInput(f"{said[0]}; but {whose}: add this line to {' and '.join(blocked)}: {CHECK} || exit 1")
    return said


def remove() -> list[str]:
    """Take away what install() made, and nothing of anybody else's."""
    sections = sorted({key.rpartition(".")[0] for key in DRIVERS})
    for section in sections:
        if git("config", "--get-regexp", rf"^{section}\.", code=None):
            git("config", "--remove-section", section)
    attribute([])
    ours = [path for path in (hooks_folder()[0] / name for name in HOOKS) if _read(path) == HOOK]
    for path in ours:
        path.unlink()
    return [f"removed from this clone: {', '.join([*sections, *map(str, ours)])}"]


def attribute(lines: list[str]) -> None:
    """Have just these of our lines in info/attributes, and whatever else is there as it is."""
    path = Path(git("rev-parse", "--git-path", "info/attributes"))
    before = _read(path)
    after = "".join(f"{line}\n" for line in [*(one for one in before.splitlines() if one not in ATTRIBUTES), *lines])
    if after != before:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(after, encoding="utf-8", errors="surrogateescape")


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else ""


def hooks_folder() -> tuple[Path, str]:
    """Where Git looks for hooks, and core.hooksPath where that is set."""
    return Path(git("rev-parse", "--git-path", "hooks")), git("config", "core.hooksPath", code=None)


def git(*words: str, code: int | None = 0) -> str:
    """What Git prints. Raises BadInput where it refuses, unless code is None."""
    done = subprocess.run(["git", *words], capture_output=True, text=True)
    if code is not None and done.returncode != code:
        raise console.BadInput(f"git {words[0]}: {(done.stderr.strip() or 'failed').splitlines()[0]}: "
                               "hooks belong to a clone, so clone this project with Git first")
    return done.stdout.strip()


def main() -> None:
    given = console.arguments("make hooks", __doc__, off={"action": "store_true", "help": "take all of it away"})
    print("\n".join(remove() if given.off else install()))


if __name__ == "__main__":
    console.run(main)
