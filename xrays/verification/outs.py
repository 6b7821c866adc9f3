"""The outs in the work tree and their objects in the cache, held against dvc.lock; and the cheapest repair of each."""

from collections.abc import Iterator
from pathlib import Path

from xrays import files
from xrays.verification.cache import DAMAGED, MISSING, WHOLE, Cache, Objects, listing, members
from xrays.verification.finding import AGAIN, Finding, few, removing, shown, words


def differing(outs: dict[str, dict]) -> list[str]:
    """Outs that are missing, or not byte for byte those of the lock."""
    return [path for path, out in outs.items() if not Path(path).exists() or files.md5(Path(path)) != out["md5"]]


def findings(outs: dict[str, dict], wrong: list[str], cached: set[str], stale: set[str], cache: Cache,
             remote: Objects | None) -> Iterator[Finding]:
    """One line for each out that is not, in the work tree and in the cache, what the lock says.

    outs: path → entry in dvc.lock; wrong: those that differ in the work tree; cached: those that DVC keeps; stale:
    stages whose inputs have changed since; remote: DVC's default remote, where there is one.
    """
    unwell = {outs[path]["stage"] for path in wrong} | stale
    for path, out in outs.items():
        places = [cache, remote] if remote else [cache]
        objects = members(out["md5"], *places) if path in cached else []
        spoilt, absent = ([md5 for md5 in objects if cache.state(md5) == state] for state in (DAMAGED, MISSING))
        said = [_fault(Path(path), listing(out["md5"], *places))] if path in wrong else []
        said += [f"{state} in DVC's cache: {few([shown(cache.path(md5)) for md5 in found])}"
                 for found, state in ((spoilt, DAMAGED), (absent, MISSING)) if found]
        if path not in wrong and (counted := _counted(Path(path))).items() - out.items():
            said.append(f"damaged in dvc.lock, which does not say {counted}")
        if said:
            gone = [cache.path(md5) for md5 in spoilt]
            if path in wrong and objects and not spoilt and not absent:
                repair = removing(path, then=f"dvc checkout {words(path)}")
            elif out["stage"] not in unwell:  # nothing is lost, so the cache is filled from the work tree
                repair = f"rm -f {words(*gone)} && " if gone else ""
                repair += f"dvc commit --force {out['stage']}"
            elif remote and objects and all(remote.state(md5) == WHOLE for md5 in spoilt + absent):
                repair = removing(path, *gone, then=f"dvc pull {words(path)}")
            else:
                repair = removing(path, *gone, then=AGAIN)
            yield Finding(path, f"{'; '.join(said)} (made by {out['stage']})", repair)


def _counted(path: Path) -> dict[str, int]:
    """What dvc.lock says of an out beside its md5."""
    sizes = [file.stat().st_size for file in ([path] if path.is_file() else path.rglob("*"))
             if file.is_file() and not file.name.endswith(".unfinished")]
    return {"size": sum(sizes)} | ({"nfiles": len(sizes)} if path.is_dir() else {})


def _fault(path: Path, wanted: list[dict[str, str]] | None) -> str:
    """How a file or a folder differs; of a folder the first files, where its listing is known."""
    if not path.exists():
        return "missing"
    if not path.is_dir():
        return "damaged, its bytes are not those of dvc.lock"
    if wanted is None:
        return "damaged, its files are not those of dvc.lock"
    before, now = ({entry["relpath"]: entry["md5"] for entry in entries} for entries in (wanted, files.listing(path)))
    changed = sorted(name for name in before.keys() & now.keys() if before[name] != now[name])
    absent, foreign = sorted(before.keys() - now.keys()), sorted(now.keys() - before.keys())
    said = [f"{len(names)} {what} ({few(names)})"
            for names, what in ((changed, "changed"), (absent, "missing"), (foreign, "not made by the stage")) if names]
    return ("partial" if absent and not changed else "damaged") + f", of its {len(before)} files " + ", ".join(said)
