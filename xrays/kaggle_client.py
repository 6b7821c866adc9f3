"""The child process in which the unmodified kagglehub client downloads CoronaHack; xrays.kaggle watches over it."""

import errno
import os
import signal
import sys
import tarfile
import threading
from functools import partialmethod
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from pathlib import Path

from tqdm import tqdm

from xrays import unpack, web
from xrays.console import BadInput

DATASET = "praveengovi/coronahack-chest-xraydataset"
VERSION = "3"
HANDLE = f"{DATASET}/versions/{VERSION}"
BY_HAND = (f"download version {VERSION} by hand at https://www.kaggle.com/datasets/{DATASET} and run "
           "`make coronahack ARCHIVE=path/to/zip PATIENTS=path/to/patients.csv`")


class Spoilt(web.Temporary):
    """What came is no archive, or not the one that was promised."""


def download(cache: Path, sender: Connection) -> None:
    """Download into cache and send None, or the exception that says what went wrong."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to report
    _set_environment(cache)
    if not sys.stderr.isatty():  # then xrays.kaggle prints a line every 100 MB
        tqdm.__init__ = partialmethod(tqdm.__init__, disable=True)
    import kagglehub  # reads the environment as it is imported

    try:
        kagglehub.dataset_download(HANDLE)
    except Exception as error:
        sender.send(_translated(error))
    else:
        sender.send(None)


def _end_with_parent() -> None:
    parent_process().join()
    os._exit(1)


def _set_environment(cache: Path) -> None:
    """No account, whatever lies in the home folder: a stale key would turn a public download into a 401."""
    for name in list(os.environ):
        if name.startswith("KAGGLE") and name != "KAGGLE_API_ENVIRONMENT":
            del os.environ[name]
    os.environ |= {"HOME": str(cache), "KAGGLEHUB_CACHE": str(cache), "DISABLE_COLAB_CACHE": "true",
                   "KAGGLEHUB_VERBOSITY": "error"}


def _translated(error: Exception) -> Exception:
    import requests
    from kagglehub.exceptions import DataCorruptionError

    if isinstance(error, requests.RequestException):
        return web.explained(error, "Kaggle", f"{HANDLE} should be public; see it in a browser, or {BY_HAND}")
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return OSError(error.errno, error.strerror, os.environ["KAGGLEHUB_CACHE"])  # a full disk names no file itself
    if isinstance(error, (*unpack.DAMAGE, DataCorruptionError, tarfile.TarError, ValueError, RuntimeError)):
        reason = str(error).partition("\n")[0]
        return Spoilt(f"what came from Kaggle is not the archive ({type(error).__name__}: {reason})")
    return BadInput(f"kagglehub failed ({error!r}): {BY_HAND}")
