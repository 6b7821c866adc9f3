"""Whether to believe a comparison: stale locks, numbers that do not follow from the predictions, unlike data, the audit."""

from collections.abc import Iterator
from dataclasses import dataclass

from xrays.folds import COVID
from xrays.review import measures, noise, staleness
from xrays.review.data import Data
from xrays.review.revisions import Revision

FINE, WARNING, STALE, APART = "ok", "warning", "stale", "not comparable"
# Settings of which another value is another question, not another answer.
QUESTION = {"data.source": "the pictures come from elsewhere", "data.patients": "patients are known on one side only",
            "split.method": "one side is split without regard to patients"}
LEAST = 2  # patients of either class among the paired pictures
RATIO = 0.02  # by which the shortcut ratio may rise beside a gain before it is said


@dataclass(frozen=True)
class Doubt:
    """One line of the third part of a review. level: ok, warning, stale or not comparable."""

    level: str
    text: str


def of_each(revision: Revision) -> Iterator[Doubt]:
    """What can be said of one revision alone."""
    found = list(staleness.findings(revision))
    if found:
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        yield Doubt(STALE, f"{revision.name}: dvc.lock is not current ({'; '.join(found[:3])}{more}): run `make repro` there "
                           "and commit dvc.lock and metrics/")
    else:
        yield Doubt(FINE, f"{revision.name}: dvc.lock is current with code, params and metrics/")
    yield _consistent(revision)


def _consistent(revision: Revision) -> Doubt:
    """metrics.json must follow from predictions.csv, both averaged over seeds."""
    table, given = revision.predictions, revision.json("metrics/metrics.json")
    seeds = [measures.plain(rows["label"].eq(COVID).to_numpy(), rows["probability"].to_numpy(),
                            rows["predicted"].eq(COVID).to_numpy()) for _, rows in table.groupby("seed")]
    again = {name: sum(one[name] for one in seeds) / len(seeds) for name in measures.DIRECTION}
    wrong = [name for name in again if name in given and not abs(given[name] - again[name]) < 2e-6]
    if wrong:
        return Doubt(STALE, f"{revision.name}: {', '.join(wrong)} of metrics.json do not follow from predictions.csv: run "
                            "`dvc repro --force evaluate` there")
    return Doubt(FINE, f"{revision.name}: metrics.json follows from predictions.csv")


def of_both(base: Revision, head: Revision, data: Data) -> Iterator[Doubt]:
    """What makes the two unlike each other."""
    yield from _questions(base, head)
    yield from _pictures(data)
    yield from _columns(base, head)
    yield from _platforms(base, head)
    yield from _noise(base, head)
    yield from _audit(base, head)


def of_pairs(base: Revision, head: Revision, data: Data, paired: int) -> Iterator[Doubt]:
    """Pictures that both sides hold and only one side's models were asked about. paired: how many both were."""
    asked = data.common.isin(base.predictions["image"]) | data.common.isin(head.predictions["image"])
    if paired < asked.sum():
        yield Doubt(WARNING, f"only {paired} of the {asked.sum()} pictures that both sides hold alike and either judged are "
                             "paired: the models of one side were not asked about the others (train.folds)")


def _questions(base: Revision, head: Revision) -> Iterator[Doubt]:
    for name, meaning in QUESTION.items():
        old, new = (setting(revision, name) for revision in (base, head))
        if old != new:
            yield Doubt(APART, f"{name} is {old} on {base.name} and {new} on {head.name}: {meaning}")
    synthetic = [revision.json("metrics/data.json").get("synthetic") for revision in (base, head)]
    if None not in synthetic and synthetic[0] != synthetic[1]:
        yield Doubt(APART, "one side's pictures are synthetic, the other's are not")


def setting(revision: Revision, name: str) -> object:
    """A param by its dotted name."""
    section, _, key = name.partition(".")
    return (revision.yaml("params.yaml").get(section) or {}).get(key)


def _pictures(data: Data) -> Iterator[Doubt]:
    counted = data.counted()
    if not data.known:
        yield Doubt(WARNING, "one side has no metrics/manifest.csv: pictures are paired by name, their bytes unseen")
    if unlike := {kind: names for kind, names in counted.items() if kind in ("added", "removed", "relabelled", "replaced")}:
        kinds = ", ".join(f"{len(names)} {kind}" for kind, names in unlike.items())
        yield Doubt(WARNING, f"the pictures differ ({kinds}): only the {len(data.common)} that both sides hold alike are "
                             "paired, and the published numbers include the change of data")
    if counted.get("moved"):
        yield Doubt(WARNING, f"{len(counted['moved'])} pictures are in another fold, so other pictures trained their model: "
                             "the luck of the split is in the difference and was not measured")
    if data.known and not counted:
        yield Doubt(FINE, f"the same {len(data.common)} study pictures, labels and folds in both manifests")


def _columns(base: Revision, head: Revision) -> Iterator[Doubt]:
    for what, old, new in (("columns of predictions.csv", set(base.predictions), set(head.predictions)),
                           ("numbers of metrics.json", set(base.json("metrics/metrics.json")),
                            set(head.json("metrics/metrics.json")))):
        only = [f"{', '.join(names[:4])}{' …' if len(names) > 4 else ''} only in {side}" for side, names in (
            (base.name, sorted(old - new)), (head.name, sorted(new - old))) if names]
        if only:
            yield Doubt(FINE, f"{what}: {'; '.join(only)}; compared is what both have")


def _platforms(base: Revision, head: Revision) -> Iterator[Doubt]:
    old, new = (revision.json("metrics/platform.json") for revision in (base, head))
    unlike = [f"{key.removeprefix('library_')} {old.get(key, 'none')} → {new.get(key, 'none')}"
              for key in sorted(old.keys() | new.keys()) if old.get(key) != new.get(key)]
    if unlike:
        yield Doubt(WARNING, f"trained on unlike platforms ({', '.join(unlike)}): the difference holds theirs too")
    else:
        yield Doubt(FINE, "both were trained with the same libraries, instruction set and threads")


def _noise(base: Revision, head: Revision) -> Iterator[Doubt]:
    """A spread of training that the branch brings along, and that may decide about itself."""
    old, new = (revision.json(noise.PATH) for revision in (base, head))
    if new and new != old:
        unlike = f"is not that of {base.name}" if old else f"has no counterpart on {base.name}"
        yield Doubt(WARNING, f"{noise.PATH} of {head.name} {unlike}: where both measured a recipe the base's counts, any other "
                             "spread is this branch's own word")


def _audit(base: Revision, head: Revision) -> Iterator[Doubt]:
    """What the audit of either side says, and whether a gain was bought with a shortcut."""
    old, new = (revision.json("metrics/audit.json") for revision in (base, head))
    for revision, audit in ((base, old), (head, new)):
        if "verdict" in audit:
            trusted = audit.get("trustworthy") == "yes"
            yield Doubt(FINE if trusted else WARNING, f"audit of {revision.name}: {audit['verdict']}")
    if not old or not new:
        yield Doubt(WARNING, f"no audit on {' and '.join(one.name for one, audit in ((base, old), (head, new)) if not audit)}: "
                             "what a gain rests on is unknown")
        return
    gain = head.json("metrics/metrics.json").get("auroc", 0) - base.json("metrics/metrics.json").get("auroc", 0)
    ratios = [audit.get("shortcut_ratio") for audit in (old, new)]
    if None not in ratios and gain > 0 and ratios[1] - ratios[0] > RATIO:
        rose = f"AUROC rose by {gain:.4f} and the shortcut ratio from {ratios[0]:.2f} to {ratios[1]:.2f}"
        low, high = (new.get(f"shortcut_ratio_ci_{end}") for end in ("low", "high"))
        if new.get("rule_ratio") == "quiet" and None not in (low, high) and low < 0 < high:  # by the rule, a narrow interval
            yield Doubt(FINE, f"{rose}, whose interval holds 0 ({low:.2f} to {high:.2f}): no skill is known to be left "
                              "without lungs")
        else:
            yield Doubt(WARNING, f"{rose}: the gain may come from what surrounds the lungs")
    if old.get("trustworthy") == "yes" != new.get("trustworthy", "yes"):
        yield Doubt(WARNING, "the audit trusted the base and does not trust this")
