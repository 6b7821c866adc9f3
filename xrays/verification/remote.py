"""The objects in a remote, read back and hashed again: DVC trusts a remote's names too."""

import hashlib
import shlex
from collections.abc import Iterator

from dvc.exceptions import DvcException
from dvc.repo import Repo
from tqdm import tqdm

from xrays.console import BadInput
from xrays.verification.cache import DAMAGED, MISSING, WHOLE, Cache, members
from xrays.verification.finding import Finding, few

BLOCK = 1 << 20
UNREAD = "the remote cannot be read"


def default(repo: Repo) -> "Remote | None":
    """The default remote; None where there is none, or none that can be used here."""
    try:
        return Remote(repo, None) if repo.config["core"].get("remote") else None
    except BadInput:
        return None


class Remote:
    """A remote by its name (None: the default one); each object is read when it is first asked for."""

    def __init__(self, repo: Repo, name: str | None):
        try:
            self.store = repo.cloud.get_remote_odb(name)
        except DvcException as error:
            raise BadInput(f"the remote {name or 'default'} cannot be used: {error}: see `dvc remote list`") from None
        self.push = f"dvc push --remote {shlex.quote(name)}" if name else "dvc push"
        self.states: dict[str, str] = {}

    def path(self, md5: str) -> str:
        return self.store.oid_to_path(md5)

    def state(self, md5: str) -> str:
        if md5 not in self.states:
            try:
                self.states[md5] = WHOLE if self._md5(md5) == md5.removesuffix(".dir") else DAMAGED
            except FileNotFoundError:
                self.states[md5] = MISSING
            except Exception as error:  # each kind of remote has errors of its own
                self.states[md5] = f"{UNREAD} ({type(error).__name__}: {str(error).partition(chr(10))[0][:100]})"
        return self.states[md5]

    def read(self, md5: str) -> bytes:
        return self.store.fs.cat_file(self.path(md5))

    def _md5(self, md5: str) -> str:
        digest = hashlib.md5()
        with self.store.fs.open(self.path(md5), "rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
        return digest.hexdigest()

    def findings(self, cache: Cache, outs: dict[str, dict]) -> Iterator[Finding]:
        """One line for each out that DVC keeps (path → entry in dvc.lock) and that is not whole in the remote."""
        for path, out in tqdm(outs.items(), desc="hashing the remote", unit="out", disable=None):
            objects = members(out["md5"], cache, self)
            for unread in (state for state in map(self.state, objects) if state.startswith(UNREAD)):
                raise BadInput(f"{self.path(objects[0])}: {unread}: see `dvc remote list` and your network")
            spoilt, absent = ([md5 for md5 in objects if self.state(md5) == state] for state in (DAMAGED, MISSING))
            said = [f"{state} in the remote: {few([self.path(md5) for md5 in found])}"
                    for found, state in ((spoilt, DAMAGED), (absent, MISSING)) if found]
            if said:
                # DVC takes a folder's files for pushed when the object that lists them is there, so that goes too.
                gone = [self.path(md5) for md5 in dict.fromkeys([*spoilt, *objects[:1]]) if self.state(md5) != MISSING]
                yield Finding(path, "; ".join(said), self._without(gone))

    def _without(self, paths: list[str]) -> str:
        """Delete objects there and push anew."""
        if not paths:
            return self.push
        here = self.store.fs.protocol == "local"
        return f"{'rm -f' if here else 'delete there'} {shlex.join(paths)}{' && ' if here else ', then '}{self.push}"
