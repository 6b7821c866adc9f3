"""DVC's list of who works on which path, `.dvc/tmp/rwlock`: damaged or out of date it stops every command for ever.

DVC writes it in place, so a power cut or a full disk leaves half of it, and it takes any living process under a
recorded number for its own: after a restart of a container another program may have that number (tried with 3.67.1).
"""

import json
import os
import shlex
from pathlib import Path

from dvc.rwlock import SCHEMA
from voluptuous import Invalid

from xrays.console import BadInput
from xrays.lifeline import command_line
from xrays.verification.finding import Finding, words

RWLOCK = Path(".dvc/tmp/rwlock")


def findings(root: Path = Path()) -> list[Finding]:
    """What DVC would stumble over, if anything. Raises BadInput while a dvc is at work in this folder."""
    recorded, fault = _read(root / RWLOCK)
    working = at_work(root.resolve())
    for pid in sorted(working.keys() if fault else working.keys() & recorded):
        raise BadInput(f"process {pid} ({working[pid]}) is at work in this folder: wait for its end, then run the same "
                       "command again")
    for pid in recorded:
        if Path(f"/proc/{pid}").exists():
            fault = (f"stale, it names process {pid}, which by now is {shlex.join(_words(pid))!r} and no dvc in this "
                     "folder: every dvc command would be refused as long as that lives")
    return [Finding(str(root / RWLOCK), fault, f"rm {words(root / RWLOCK)}")] if fault else []


def check() -> None:
    """Raise BadInput where DVC would refuse to run, with the command that frees it."""
    for finding in findings():
        raise BadInput(f"{finding.path} is {finding.fault}: run `{finding.repair}`, then the same command again")


def at_work(root: Path) -> dict[int, str]:
    """Process id → command line of each living dvc in a folder or below it."""
    commands = {int(process.name): _words(int(process.name)) for process in Path("/proc").glob("[0-9]*")}
    return {pid: shlex.join(command) for pid, command in commands.items()
            if "dvc" in (Path(word).name for word in command) and _is_below(pid, root)}


def _read(path: Path) -> tuple[set[int], str]:
    """Process ids in it, and what is wrong with it."""
    try:
        content = SCHEMA(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return set(), ""
    except (json.JSONDecodeError, UnicodeDecodeError, Invalid):
        return set(), "damaged, it is not the JSON that DVC wrote, and every dvc command fails until it is gone"
    entries = [*content["write"].values(), *(entry for entries in content["read"].values() for entry in entries)]
    return {entry["pid"] for entry in entries if entry}, ""


def _words(pid: int) -> list[str]:
    return command_line(pid).decode(errors="replace").rstrip("\0").split("\0")


def _is_below(pid: int, root: Path) -> bool:
    """Whether a process is in a folder or below it; true of another person's, which cannot be known."""
    try:
        return Path(os.readlink(f"/proc/{pid}/cwd")).is_relative_to(root)
    except PermissionError:
        return True
    except OSError:
        return False
