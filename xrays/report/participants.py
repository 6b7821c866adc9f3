"""Who was studied: the flow of pictures, each model's share of them, and the age and sex of the patients."""

import re
from collections import Counter

import pandas as pd

from xrays.folds import COVID, NORMAL
from xrays.report.sentences import added

STEPS = {
    "dropped_missing": "the table names them, but the file is not there",
    "dropped_ct": "CT slices, no radiographs",
    "dropped_lateral": "lateral views: they give the class away by their shape",
    "dropped_duplicate": "the same file once more",
    "dropped_label_conflict": "the same file under two labels",
}
EXPLAINED = ("file missing", "CT slice", "lateral view", "same file")  # how the reasons of STEPS begin in the manifest
ABROAD = "external-"  # what the groups of external pictures begin with
SHORTER = {r"^same file as .* of this data set$": "the same file as one of the study",
           r"^same file as .*": "the same file once more", r"^same file under": "the same file under"}
FOLD = re.compile(r"covid_pictures_fold_(\d+)")

Step = tuple[str, str, str]


def reasons(facts: dict, abroad: bool) -> list[tuple[str, int]]:
    """Why pictures were dropped and how many, most frequent first: external ones, or the study's except EXPLAINED."""
    found = Counter()
    for row in facts["manifest_rows"]:
        if row["role"] == "dropped" and row["group"].startswith(ABROAD) == abroad:
            reason = row["reason"]
            if abroad:
                for pattern, shorter in SHORTER.items():
                    reason = re.sub(pattern, shorter, reason)
            found[reason] += abroad or not reason.startswith(EXPLAINED)
    return [(reason, count) for reason, count in sorted(found.items(), key=lambda pair: (-pair[1], pair[0])) if count]


def flow(facts: dict) -> list[Step]:
    """Pictures by step: how many, what happened, why; first the study's, then external ones."""
    data, values = facts["data"], facts["metrics"]
    cases = added(facts) + data["added_dropped"]
    steps = [(f"{data['rows'] - cases:.0f}", "rows in the metadata",
              f"{data['orphan_files']:.0f} files that no row names were not looked at")]
    if cases:
        steps.append((f"+ {cases:.0f}", "added cases",
                      f"{data['covid_source_added']:.0f} COVID-19 and {data['normal_source_added']:.0f} Normal "
                      f"to study; {data['added_dropped']:.0f} among those dropped below"))
    steps += [(f"- {data[key]:.0f}", key.removeprefix("dropped_").replace("_", " "), why)
              for key, why in STEPS.items() if data[key]]
    steps += [(f"- {count}", "unusable", reason) for reason, count in reasons(facts, abroad=False)]
    classes = ", ".join(f"{data[f'{key}_pictures']:.0f} {label} of {data[f'{key}_patients']:.0f} patients"
                        for key, label in (("covid", COVID), ("normal", NORMAL)))
    steps += [(f"- {data['role_other']:.0f}", "other pneumonias", "of neither class, nor of COVID-19's own source"),
              (f"- {data['role_control']:.0f}", "same-source controls",
               "other findings of COVID-19's source: asked, never trained on"),
              (f"{data['role_study']:.0f}", "study pictures", classes)]
    judged = sum(values[cell] for cell in ("tp", "fn", "fp", "tn"))
    if left := round(data["role_study"] - judged):
        steps.append((f"- {left}", "in folds that were not held out", "trained on, or held back to choose by"))
    return [*steps, (f"{judged:.0f}", "judged", "held out: each by models that never saw it"), *flow_abroad(facts)]


def flow_abroad(facts: dict) -> list[Step]:
    """The steps of external pictures; none where none was taken in."""
    values, dropped = facts["external"], facts["data"]["external_dropped"]
    if not values["pictures"] + dropped:
        return []
    steps = [(f"{values['pictures'] + dropped:.0f}", "external pictures", "no part of the study")]
    steps += [(f"- {count}", "external, dropped", reason) for reason, count in reasons(facts, abroad=True)]
    return [*steps, (f"{values['pictures']:.0f}", "external, judged",
                     f"{values['n_covid']:.0f} COVID-19, {values['n_normal']:.0f} Normal")]


def analyses(facts: dict, held_out: list[int]) -> list[tuple[str, ...]]:
    """A row a held-out fold: fold; COVID-19, Normal of the other folds; the same of this one. Pictures (patients)."""
    data = facts["data"]
    folds = [int(found[1]) for key in data if (found := FOLD.fullmatch(key))]

    def counted(name: str, among: list[int]) -> str:
        pictures, patients = (sum(data[f"{name}_{what}_fold_{fold}"] for fold in among)
                              for what in ("pictures", "patients"))
        return f"{pictures:.0f} ({patients:.0f})"

    return [(f"{fold}", *(counted(name, among) for among in ([one for one in folds if one != fold], [fold])
                          for name in ("covid", "normal"))) for fold in held_out]


def people(facts: dict) -> list[tuple[str, str, str, str]]:
    """A row a class of the study: class, patients, sex, age; of a patient what the first picture that has it says."""
    study = facts["study"]
    study = study[study["role"] == "study"]
    rows = []
    for label in (COVID, NORMAL):
        known = study[study["label"] == label][["group", "sex", "age"]].replace("", None).groupby("group").first()
        sex = known["sex"].fillna("unknown").value_counts().sort_index()
        age = pd.to_numeric(known["age"], errors="coerce").dropna()
        low, middle, high = age.quantile([0.25, 0.5, 0.75])
        years = f"median {middle:g} (quartiles {low:g} to {high:g}), known of {len(age)}" if len(age) else "unknown"
        rows.append((label, f"{len(known)}", ", ".join(f"{count} {name}" for name, count in sex.items()), years))
    return rows
