"""How the project speaks to a person: one clear line for bad input, progress for long work."""

import argparse
import errno
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool

from tqdm import tqdm


FREE_SPACE = "free some space (`dvc gc --workspace --all-branches --all-tags` removes what no branch and no tag needs)"
REMEDIES = {
    errno.ENOSPC: FREE_SPACE,
    errno.ENOENT: "run `make repro`, which makes what the pipeline needs,",
    errno.EACCES: "make it readable and writable for you",
    errno.EROFS: "use a folder that can be written to",
}


class BadInput(Exception):
    """Bad input, in one line: what is wrong, where, what to do. Ends a program with exit code 1, no traceback."""

    def __init__(self, text: str):
        super().__init__(text)
        self.text = text  # fastai rewrites the args of what a callback raises

    def __str__(self) -> str:
        return self.text


def run(main: Callable[[], None]) -> None:
    """Call main as a program: BadInput, Ctrl-C and a full disk end in one line on stderr and a non-zero exit."""
    try:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # `kill` and a scheduler's limit end like Ctrl-C
        main()
    except BadInput as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        print("interrupted: nothing was finished under a final name; run the same command again", file=sys.stderr)
        sys.exit(130)
    except MemoryError:
        sys.exit("error: not enough memory: free some, or lower train.batch or train.size, and run the same command again")
    except BrokenProcessPool:
        sys.exit("error: a worker process was killed, most likely for lack of memory: free some and run the same command again")
    except OSError as error:
        remedy = REMEDIES.get(error.errno)
        if remedy is None:
            raise
        sys.exit(f"error: {error.filename or 'an output'}: {error.strerror}: {remedy} and run the same command again")


def arguments(prog: str, about: str, **options: dict) -> argparse.Namespace:
    """Parse a command's --options; --help shows the module's docstring with its example."""
    parser = argparse.ArgumentParser(prog=prog, description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, settings in options.items():
        parser.add_argument(f"--{name}", **settings)
    return parser.parse_args()


def reporter(doing: str) -> Callable[[int, int], None]:
    """A report(done, total): draws a bar on a terminal, prints a plain line every tenth of the way in a log."""
    bar = tqdm(desc=doing, unit="picture", disable=not sys.stderr.isatty())

    def report(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)
        if bar.disable and (done % -(-total // 10) == 0 or done == total):
            print(f"{doing}: {done} of {total}", flush=True)
        if done == total:
            bar.close()

    return report


def progress(items: Iterable, total: int, doing: str) -> Iterator:
    """Yield items, and report each when the next one is asked for."""
    report = reporter(doing)
    for done, item in enumerate(items, start=1):
        yield item
        report(done, total)
