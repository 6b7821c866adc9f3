"""What `train.determinism: portable` costs: pictures a second beside `fast`, each in a process of its own, in turn.

Example: python -m benchmarks.determinism (three minutes on two cores). The model, size, batch and augmentation are those
of params.yaml; the pictures are noise. It prints medians and the ratio of the pairs, as Markdown.
"""

import argparse
import statistics
import subprocess
import sys
import time

from xrays import params, runtime

PAIRS = 5
STEPS, WARM_UP = 12, 4
MODES = ("portable", "fast")


def measure(mode: str) -> float:
    """Pictures a second of training steps, augmentation included, in this process."""
    settings = params.load().train.model_copy(update={"determinism": mode, "epochs": 1})
    runtime.pin(mode, settings.threads)
    import torch
    from fastai.callback.core import Callback

    from xrays import classifier, training

    class Clock(Callback):
        times: list[float] = []

        def after_batch(self):
            if self.training:
                self.times.append(time.perf_counter())

    device = training.prepare_process(settings)
    training.seed_all(0)
    count = settings.batch * (STEPS + WARM_UP) + settings.batch
    pictures = torch.randint(0, 256, (count, settings.size, settings.size), dtype=torch.uint8)
    labels = torch.arange(count) % 2
    inner = torch.arange(count) >= count - settings.batch
    clock = Clock()
    learn = training.learner(training.loaders(pictures, labels, inner, settings, device), classifier.build(settings.arch),
                             settings, [clock])
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(1, settings.lr)
    spent = clock.times[-1] - clock.times[WARM_UP]
    return settings.batch * (len(clock.times) - 1 - WARM_UP) / spent


def table(found: dict[str, list[float]]) -> str:
    ratios = [portable / fast for portable, fast in zip(found["portable"], found["fast"])]
    train = params.load().train
    rows = [f"| {mode} | {statistics.median(speeds):.1f} | {min(speeds):.1f} to {max(speeds):.1f} |"
            for mode, speeds in found.items()]
    return "\n".join([f"{train.arch}, {train.size} pixels, batch {train.batch}, {train.threads} threads under portable:", "",
                      "| train.determinism | pictures a second, median | range |", "|---|---|---|", *rows, "",
                      f"portable / fast, pair by pair: {statistics.median(ratios):.2f} "
                      f"({min(ratios):.2f} to {max(ratios):.2f}, {len(ratios)} pairs)"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--one", choices=MODES, help="measure one mode in this process and print the figure")
    given = parser.parse_args()
    if given.one:
        print(measure(given.one))
        return
    found: dict[str, list[float]] = {mode: [] for mode in MODES}
    for _ in range(PAIRS):
        for mode in MODES:
            command = [sys.executable, "-W", "ignore", "-m", "benchmarks.determinism", "--one", mode]
            found[mode].append(float(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    print(table(found))


if __name__ == "__main__":
    main()
