"""A review as Markdown that fits a pull-request comment: names and numbers, never a picture."""

import re

from xrays.review import data, trust, verdicts, words
from xrays.review.comparison import Review

MARKS = {trust.FINE: "ok", trust.WARNING: "**warning**", trust.STALE: "**stale**", trust.APART: "**not comparable**"}
MENTION = re.compile(r"(?<!\w)@", re.ASCII)  # what a forge takes for a person, after é too; train@0-0 is none
METHOD = ("Patients: 95 % of a paired bootstrap of whole patients, these models. Recipe: with the spread of training on top; "
          "p is corrected for all metrics together. Method and proof: docs/review_statistics.md.")


def write(review: Review) -> str:
    """The whole comment."""
    stamp = " [SYNTHETIC pictures, no patients]" if review.synthetic else ""
    parts = [f"## Review: {words.code(review.head)} against {words.code(review.base)}{stamp}", _safe(headline(review)),
             "### What changed", *changed(review), "### What came of it", *outcome(review),
             "### Whether to believe it", beliefs(review)]
    return "\n\n".join(part for part in parts if part) + "\n"


def headline(review: Review) -> str:
    stale = [doubt for doubt in review.doubts if doubt.level == trust.STALE]
    return "**Stale**: the numbers do not belong to this code and these params. " * bool(stale) + review.overall.sentence


def changed(review: Review) -> list[str]:
    """Params, stages, data; one line where nothing did."""
    found = [params(review), stages(review), moved(review)]
    if review.changes.unlocked:
        found.append(f"In params.yaml only, not in dvc.lock: {words.few(review.changes.unlocked)}")
    if not any(found) and review.changes.files:
        return [f"No stage's inputs; {len(review.changes.files)} files that no stage reads: {words.few(review.changes.files, 8)}"]
    return found if any(found) else ["Nothing."]


def params(review: Review) -> str:
    rows = [[words.code(one.name), words.code(words.value(one.old)), words.code(words.value(one.new)), _stages(one.stages)]
            for one in review.changes.params]
    return table(["param", review.base, review.head, "read by"], rows) if rows else ""


def stages(review: Review) -> str:
    rows = [[words.code(one.name), words.few(one.causes, 4), f"{len(one.outs)} out{'s' * (len(one.outs) > 1)}" if one.outs else "no out"]
            for one in review.changes.stages]
    return table(["stage that reran", "because of", "other bytes in"], rows) if rows else ""


def moved(review: Review) -> str:
    lines = [f"- {len(names)} {data.MEANINGS[kind]}: {words.few(names)}" for kind, names in review.data.counted().items()]
    return "Study pictures:\n\n" + "\n".join(lines) if lines else ""


def outcome(review: Review) -> list[str]:
    if not review.decisions:
        return ["Not compared."]
    seeds = " and ".join(f"{count} seed{'s' * (count > 1)}" for count in review.seeds)
    about = f"{review.pictures} pictures of {review.patients} patients, judged by both; {seeds}"
    return [f"{about}{f'; {_safe(review.spread)}' if review.spread else ''}.", decided(review), METHOD, tests(review),
            confusion(review), errors(review), published(review)]


def decided(review: Review) -> str:
    rows = [[verdicts.shown(one.metric), words.number(one.difference.base), words.number(one.difference.head),
             words.number(one.difference.change, True), words.interval(one.difference.patients_low, one.difference.patients_high),
             words.interval(one.difference.low, one.difference.high), words.probability(one.p), f"**{one.verdict}**"]
            for one in review.decisions]
    return table(["metric", review.base, review.head, "difference", "95 %, patients", "95 %, recipe", "p", "verdict"], rows)


def tests(review: Review) -> str:
    """The textbook's tests, which know neither patients nor training."""
    drawn = review.delong
    return (f"As if every picture were a patient and training had no spread: exact McNemar "
            f"{words.p_value(review.errors.p)} for the errors, DeLong {words.p_value(drawn.p)} for AUROC.")


def confusion(review: Review) -> str:
    def cells(row: tuple[str, str]) -> list[str]:
        return [words.count(side[cell]) for side in review.confusion for cell in row]

    names = [f"{name}: called {called}" for name in (review.base, review.head) for called in ("COVID-19", "Normal")]
    return table(["", *names], [["is COVID-19", *cells(("tp", "fn"))], ["is Normal", *cells(("fp", "tn"))]])


def errors(review: Review) -> str:
    fixed, broken = review.errors.fixed, review.errors.broken
    lines = [f"**{len(fixed)} fixed, {len(broken)} broken.**"]
    lines += [f"- {word}: {words.few(names)}" for word, names in (("fixed", fixed), ("broken", broken)) if names]
    return "\n".join([lines[0], "", *lines[1:]]) if lines[1:] else lines[0]


def published(review: Review) -> str:
    if not review.published:
        return ""
    rows = [[words.code(name), *words.published(old, new)] for name, old, new in review.published]
    return (f"<details><summary>{len(rows)} published numbers that differ, each side on all its pictures, untested</summary>"
            f"\n\n{table(['number', review.base, review.head, 'difference'], rows)}\n\n</details>")


def beliefs(review: Review) -> str:
    return "\n".join(f"- {MARKS[doubt.level]}: {_safe(doubt.text)}" for doubt in review.doubts)


def _safe(text: str) -> str:
    """Words of a file of the branch, without the power to mention, link or mark up; our own backticks stay."""
    return " ".join(MENTION.sub("@\u200b", text).replace("<", "&lt;").replace("](", "] (").split())


def _stages(names: list[str]) -> str:
    """Stages, the models of a matrix as one."""
    return ", ".join(dict.fromkeys(words.code(name.partition("@")[0]) for name in names))


def table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [[_safe(head).replace("|", "¦") for head in heads], ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
