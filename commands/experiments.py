"""make experiments: run a grid of params or seeds through DVC's queue, and rank it by what can be told from noise.

Example: make experiments GRID="train.lr=0.001,0.003 train.epochs=16,24" JOBS=2. Each combination runs in a folder of its
own from the present commit; the work tree stays as it is. The same command again goes on: what is done is not run again,
what failed or died with its worker is queued again and resumes from its checkpoints. Exit code 1 if any failed.
"""

import sys
import time
from collections import Counter
from dataclasses import replace

from xrays import console, environment, params
from xrays.experiments import grid, queue, ranking
from xrays.experiments.grid import Point
from xrays.review import comparison, revisions
from xrays.verification import rwlock

RETRIES = 1  # times an experiment that failed or died is queued again in one call
POLL = 2.0  # seconds between two looks at the queue
GONE = 15  # looks after which what is nowhere is lost: between waiting and running, and as it ends, DVC lists it nowhere
OPTIONS = {
    "grid": {"nargs": "*", "default": [], "metavar": "PARAM=VALUE,VALUE", "help": "as `dvc exp run --set-param` takes it"},
    "jobs": {"type": int, "help": "experiments at once (default: as many as fit the cores by train.threads)"},
}


def run(points: list[Point], jobs: int) -> list[str]:
    """Queue what is not done, wait, queue again what failed; returns the names of those that failed for good."""
    wanted, states, tries, missing = {point.name: point for point in points}, {}, Counter(), Counter()
    while True:
        tasks, before = queue.Queue(), states
        states = {name: state for name, state in tasks.states().items() if name in wanted}
        report(before, states, tasks)
        missing = Counter({name: missing[name] + 1 for name in wanted if name not in states})
        ended = [name for name in wanted if states.get(name) in (queue.FAILED, queue.DEAD)
                 or missing[name] > (GONE if tries[name] else 0)]
        again = [name for name in ended if tries[name] <= RETRIES]
        for name in again:
            if name in states:
                tasks.remove(name, states[name])
                print(f"{name}: queued again", flush=True)
            queue.put(wanted[name])
            tries[name], missing[name] = tries[name] + 1, 0
        unfinished = [name for name in wanted if states.get(name) != queue.DONE]
        if not again and set(unfinished) <= set(ended):
            return unfinished
        if (again or queue.QUEUED in states.values()) and tasks.workers() < jobs:
            queue.start(jobs)
        time.sleep(POLL)


def report(before: dict[str, str], states: dict[str, str], tasks: queue.Queue) -> None:
    """One line for each experiment whose state is another than at the last look."""
    for name, state in states.items():
        if before.get(name) != state:
            why = f": {tasks.last_words(name)}" if state == queue.FAILED else ""
            print(f"{name}: {state}{why}", flush=True)


def ranked(points: list[Point]) -> list[ranking.Ranked]:
    """The finished ones, each reviewed against the present commit."""
    base, refs = revisions.of_git("HEAD"), queue.finished()
    heads = {one.name: replace(revisions.of_git(refs[one.name]), name=one.name) for one in points if one.name in refs}
    return ranking.rank({name: comparison.of(base, head) for name, head in heads.items()},
                        {name: head.json("metrics/audit.json") for name, head in heads.items()})


def jobs_that_fit() -> int:
    train = params.load().train
    return max(1, environment.cores() // train.threads) if train.determinism == "portable" else 1


def main() -> None:
    given = console.arguments("make experiments", __doc__, **OPTIONS)
    points, jobs = grid.points(given.grid), given.jobs or jobs_that_fit()
    if revisions.git("status", "--porcelain").strip():
        raise console.BadInput("the work tree holds changes, and experiments are compared with the commit they start from: "
                               "commit them first, or put them away with `git stash --include-untracked`")
    rwlock.check()
    print(f"{len(points)} experiments, {jobs} at once: Ctrl-C leaves the queue at work, `dvc queue stop --kill` ends it",
          flush=True)
    failed = run(points, jobs)
    found = ranked(points)
    if found:
        print(f"\n{ranking.table(found)}\n\nWithin one verdict the order says nothing. The spread of training, for each:")
        print("\n".join(f"- {one.name}: {one.review.spread}" for one in found))
        print(f"every number: dvc exp show --only-changed; one against the commit: make review BASE=HEAD "
              f"HEAD={found[0].name}; keep one: dvc exp branch {found[0].name} BRANCH")
    if failed:
        raise console.BadInput(f"failed: {', '.join(failed)}: see `dvc queue logs {failed[0]}`, then run the same command again")


if __name__ == "__main__":
    console.run(main)
