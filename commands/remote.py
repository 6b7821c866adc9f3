"""make remote: a place where DVC's files are shared, with no account; verified on every transfer.

Example: make remote DIR=/mnt/team/xrays, then `dvc push` here and `dvc pull` in another clone that named the same
folder. DIR may also be a URL that DVC knows (ssh://, s3://, gs://, azure://); docs/remotes.md has their settings. It is
written into .dvc/config.local, which Git ignores: no path of a machine and no credential enters the repository.
"""

import os
import tempfile
from pathlib import Path

from dvc.exceptions import DvcException
from dvc.repo import Repo

from xrays import console

NAME = "team"
SCHEMES = ("ssh", "s3", "gs", "azure", "http", "https", "webdav", "webdavs", "hdfs", "gdrive", "oss")


def folder(given: str, root: Path) -> str:
    """A folder that can be written to, made where it is missing, as an absolute path."""
    path = Path(given).expanduser().resolve()
    if path == root or root in path.parents:
        raise console.BadInput(f"{given} lies in this work tree: a remote must outlive it; name a folder elsewhere")
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except (FileExistsError, NotADirectoryError):
        raise console.BadInput(f"{given} is a file, or lies under one: name a folder") from None
    except OSError as error:
        raise console.BadInput(f"{given} cannot be written to ({error.strerror}): name a folder that can") from None
    return str(path)


def url(given: str) -> str:
    """A URL as it is, if DVC knows its scheme and it carries no password."""
    scheme, _, rest = given.partition("://")
    if scheme not in SCHEMES:
        raise console.BadInput(f"{scheme}:// is no remote that DVC knows: use a folder or one of {', '.join(SCHEMES)}")
    if ":" in rest.partition("/")[0].rpartition("@")[0]:
        raise console.BadInput("the URL holds a password: leave it out; `dvc remote modify --local team password …` or a "
                               "key file keeps it out of shell history and logs")
    return given


def add(address: str, root: Path) -> None:
    """Write the default remote, verified, into .dvc/config.local."""
    try:
        with Repo(str(root)).config.edit("local") as config:
            config.setdefault("remote", {}).setdefault(NAME, {}).update({"url": address, "verify": True})
            config.setdefault("core", {})["remote"] = NAME
    except DvcException as error:
        raise console.BadInput(f".dvc/config.local cannot be written: {error}: correct it or delete it") from None


def main() -> None:
    given = console.arguments("make remote", __doc__, dir={"help": "a folder, or a URL that DVC knows"}).dir
    if not given:
        raise console.BadInput("make remote needs DIR=folder, for example make remote DIR=/mnt/team/xrays")
    root = Path(os.getcwd())
    address = url(given) if "://" in given else folder(given, root)
    add(address, root)
    print(f"remote {NAME}: {address}, verified, in .dvc/config.local\n"
          "share with `dvc push` (all outs of this commit), fetch with `dvc pull`; `make verify REMOTE=default` hashes it")


if __name__ == "__main__":
    console.run(main)
