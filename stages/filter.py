"""filter: data/raw → data/filtered (pictures, lungs and lesions as .npy, manifest.csv), data/external, metrics/data.json.

Keeps Normal and COVID-19 for study, the other findings of COVID-19's own source as controls, and says of every row of
the metadata why it was kept or dropped. Driven by the CSV, never by a listing: CoronaHack's folder holds 23 CT slices
that no row names, and its TEST part holds no COVID-19 at all, so its split cannot be used.
Decodes each full-size picture once, in several processes, so that training never touches one.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from xrays import cases, cohort, console, environment, external, files, folds, lifeline, lungs, params, pictures
from xrays.archive import PICTURES, read_metadata
from xrays.patients import read_patients

RAW = Path("data/raw")
FILTERED = Path("data/filtered")
EXTERNAL = Path("data/external")
COUNTS = Path("metrics/data.json")
NOTHING = {"sha256": "", "width": 0, "height": 0, "bytes": 0, "mode": "", "unusable": ""}  # facts of a file that is not there


def read_pictures(paths: list[Path], size: int, fit: str) -> Iterator[tuple[dict, np.ndarray | None]]:
    """Decode each file once, in several processes: facts (sha256, width, height, bytes, mode; unusable: a reason) and the
    prepared picture, uint8 (size, size), None where the file is of no use."""
    with lifeline.workers(environment.cores(), "fork") as pool:
        yield from console.progress(pool.map(partial(read_picture, size=size, fit=fit), paths, chunksize=16), len(paths),
                                    "reading pictures")


def read_picture(path: Path, size: int, fit: str) -> tuple[dict[str, str | int], np.ndarray | None]:
    """Facts of one file and its prepared picture, or the reason why there is none."""
    fact = dict(NOTHING)
    try:
        if path.is_file():
            fact |= {"sha256": files.sha256(path), "bytes": path.stat().st_size}
        grey, mode = pictures.decode(path)
    except pictures.Unusable as reason:
        return fact | {"unusable": str(reason)}, None
    return fact | {"width": grey.shape[1], "height": grey.shape[0], "mode": mode}, pictures.prepare(grey, size, fit)


def check_bad(rows: pd.DataFrame, max_bad: float) -> None:
    """Stop when too many study rows have no usable picture: then the data set is broken, not one file."""
    study = rows[rows["wanted"] == "study"]
    bad = study[study["unusable"] != ""]
    if len(bad) > max_bad * len(study):
        named = ", ".join(f"{image} ({reason})" for image, reason in zip(bad["image"][:5], bad["unusable"][:5]))
        raise console.BadInput(f"{len(bad)} of {len(study)} study pictures are missing or unusable, more than "
                               f"filter.max_bad {max_bad:g} allows: {named}{', …' if len(bad) > 5 else ''}; "
                               "get the data set again, or raise filter.max_bad to study it without them")


def assign_folds(rows: pd.DataFrame, split: params.Split) -> pd.Series:
    """Fold of each study and control row; -1 for the rest."""
    fold = pd.Series(-1, index=rows.index)
    study = rows["role"].eq("study")
    if split.method == "article":
        fold[study] = folds.article(rows[study], split.seed)
        return fold
    placed = study | rows["role"].eq("control")
    fold[placed] = rows.loc[placed, "group"].map(lambda group: folds.grouped(group, split.seed, split.folds))
    return fold


def check_folds(rows: pd.DataFrame, split: params.Split) -> None:
    """Print COVID-19 patients a fold; stop where a fold (under article: fold 0) has too few of a class to judge by."""
    study = rows[rows["role"] == "study"]
    for label in (folds.COVID, folds.NORMAL):
        if not (study["label"] == label).any():
            named = rows[rows["label"] == label]
            dropped = named[named["role"] == "dropped"].head(5).itertuples()
            reasons = ", ".join(f"{row.image} ({row.reason})" for row in dropped)
            raise console.BadInput(f"no {label} picture is left to study, of {len(named)} that the metadata names"
                                   f"{': ' * bool(reasons)}{reasons}: check whether this is the right data set")
    positive = study[study["label"] == folds.COVID]
    judged, least = ([0], 1) if split.method == "article" else (range(split.folds), split.min_positive)
    counts = {fold: positive.loc[positive["fold"] == fold, "group"].nunique() for fold in judged}
    print("COVID-19 patients a fold:", ", ".join(f"{fold}: {count}" for fold, count in counts.items()))
    poor = [fold for fold in judged if counts[fold] < least]
    if poor:
        raise console.BadInput(f"fold {poor[0]} has {counts[poor[0]]} COVID-19 patients, fewer than split.min_positive "
                               f"{least}: try another split.seed, fewer split.folds, or lower split.min_positive")
    without = sorted(set(judged) - set(study.loc[study["label"] == folds.NORMAL, "fold"]))
    if without:
        raise console.BadInput(f"fold {without[0]} has no {folds.NORMAL} picture to judge by: try another split.seed, "
                               "or fewer split.folds")


def read_study(rows: pd.DataFrame, raw: Path, settings: params.Filter) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """The rows with the facts of their files, and by image name the prepared pictures of study and controls (the 4,265
    pneumonias are only checked)."""
    paths = [cases.picture_path(raw, part, image) for part, image in zip(rows["part"], rows["image"])]
    facts, prepared = [], {}
    for image, wanted, (fact, picture) in zip(rows["image"], rows["wanted"],
                                              read_pictures(paths, settings.size, settings.fit)):
        facts.append(fact)
        if picture is not None and wanted != "other":
            prepared[image] = picture
    return rows.assign(**pd.DataFrame(facts, index=rows.index)), prepared


def read_external(study: pd.DataFrame, raw: Path, settings: params.Filter) -> tuple[pd.DataFrame, np.ndarray]:
    """Manifest of the external pictures, and those that are judged, uint8 (n, size, size)."""
    rows = external.read_table(raw / "external")
    read = list(read_pictures([raw / "external" / "pictures" / image for image in rows["image"]], settings.size,
                              settings.fit)) if len(rows) else []
    facts = pd.DataFrame([fact for fact, _ in read], columns=list(NOTHING), index=rows.index)
    manifest = external.judged(rows.assign(**facts), study)
    kept = [picture for (_, picture), role in zip(read, manifest["role"]) if role == "external"]
    return manifest, np.array(kept, np.uint8).reshape(-1, settings.size, settings.size)


def write(folder: Path, manifest: pd.DataFrame, prepared: np.ndarray, masks: dict[str, np.ndarray]) -> None:
    """pictures.npy, manifest.csv and masks (lungs.npy, …), all or nothing."""
    with files.whole(folder) as unfinished:
        unfinished.mkdir()
        np.save(unfinished / "pictures.npy", prepared)
        for name, mask in masks.items():
            np.save(unfinished / f"{name}.npy", mask)
        files.write_csv(unfinished / "manifest.csv", manifest)


def main() -> None:
    settings = params.load()
    size, fit = settings.filter.size, settings.filter.fit
    metadata = read_metadata(RAW)
    rows = cohort.select(metadata, read_patients(RAW), settings.data.patients == "required")
    rows = cases.add(rows, RAW)
    rows, prepared = read_study(rows, RAW, settings.filter)
    check_bad(rows, settings.filter.max_bad)
    rows = cohort.drop(rows)
    rows["fold"] = assign_folds(rows, settings.split)
    check_folds(rows, settings.split)
    print(cases.said(rows), end="")
    kept = cohort.prepared(rows)
    found, lesions, true = lungs.read_all(RAW / "masks", kept, size, fit)
    write(FILTERED, cohort.manifest(rows), np.stack([prepared[image] for image in kept["image"]]),
          {"lungs": found, "lesions": lesions})
    abroad, external_pictures = read_external(rows, RAW, settings.filter)
    judged = abroad[abroad["role"] == "external"]
    print(external.said(abroad))
    write(EXTERNAL, abroad, external_pictures,
          {"lungs": lungs.read_all(RAW / "external" / "masks", judged, size, fit)[0]})
    counts = cohort.counts(rows, settings, cohort.orphans(metadata, RAW / PICTURES.parent))
    files.write_json(COUNTS, counts | cases.counts(rows) | external.counts(abroad) | {"masks_true": true, "masks_box": len(kept) - true})


if __name__ == "__main__":
    console.run(main)
