"""download: params data.* and phantom.* → data/raw, in the layout of Kaggle's CoronaHack archive, with patients.csv.

Three sources, one layout: the phantom (synthetic, from a seed), Kaggle, or a zip taken in by its hash. Whatever comes
from outside is judged before it gets its final name: Kaggle's has 5,910 rows, each with its picture, and one SHA-256.
"""

import shutil
from pathlib import Path

import pandas as pd

from xrays import (archive, cases, console, environment, external, files, ieee8023, kaggle, params, patients, phantom, store,
                   unpack)

RAW = Path("data/raw")
TAKE_IN = "run `make coronahack ARCHIVE=path/to/zip PATIENTS=path/to/patients.csv`, which takes both in"
TAKE_IN_EXTERNAL = "run `make external EXTERNAL=folder`, which takes it in, or EXTERNAL=none"
TAKE_IN_CASES = "run `make cases CASES=folder` with it, or take its hash out of data.cases"
TAKE_IN_PATIENTS = f"{TAKE_IN}, or write data.patients: none (then every number is too good)"


def write_phantom(raw: Path, settings: params.Params) -> None:
    """Draw synthetic pictures with their masks, an external hospital's too, their metadata and their patients table."""
    knobs = settings.phantom
    external = "none" if settings.data.external_sha256 else knobs.external
    phantom.write(raw, knobs.preset, knobs.patients, knobs.seed, environment.cores(),
                  console.reporter("drawing phantoms"), rho=knobs.rho, shortcuts=knobs.shortcuts, external=external)


def unpack_archive(raw: Path, settings: params.Params) -> None:
    """Unpack the zip that a person took in."""
    unpack.unpack(store.fetch(settings.data.sha256, "data.sha256", TAKE_IN), raw)


def fetch_kaggle(raw: Path, settings: params.Params) -> None:
    """Copy what Kaggle gives, checked; a link would do, were it not that DVC deletes outs."""
    cache = store.folder() / "kagglehub"
    with kaggle.dataset(cache, settings.data.sha256) as (tree, digest):
        check_unchanged(digest, settings.data.sha256, "sha256", "Kaggle's data set")
        try:
            check_complete(tree)
        except console.BadInput:
            kaggle.forget(cache)
            raise
        ask_for_empty(digest, settings.data.sha256, "sha256", "Kaggle's data set")
        unpack.copy_tree(tree, raw)


def unpack_external(raw: Path, settings: params.Params) -> None:
    """Unpack another hospital's pictures that a person took in; the phantom draws its own where there are none."""
    folder = raw / "external"
    if settings.data.external_sha256:
        if folder.exists():
            raise console.BadInput("the archive brings a folder external/ of its own, and data.external_sha256 names "
                                   "other pictures: keep one of them (`make external EXTERNAL=none` drops the latter)")
        unpack_pictures(folder, settings.data.external_sha256, "data.external_sha256", TAKE_IN_EXTERNAL)
    check_pictures(folder, "the external pictures", TAKE_IN_EXTERNAL)


def unpack_cases(raw: Path, settings: params.Params) -> None:
    """Unpack each lot of cases that a person added to the study."""
    if (raw / cases.FOLDER).exists():
        raise console.BadInput(f"the archive brings a folder {cases.FOLDER}/ of its own, where added cases go: take it out of "
                               "the zip, and take its pictures in with `make cases`")
    for number, digest in enumerate(settings.data.cases):
        folder = raw / cases.lot(number)
        unpack_pictures(folder, digest, "data.cases", TAKE_IN_CASES)
        check_pictures(folder, f"lot {number + 1} of data.cases", TAKE_IN_CASES)


def unpack_pictures(folder: Path, digest: str, key: str, remedy: str) -> None:
    """Unpack what xrays/packing.py has packed and a person took in; key names its hash in params.yaml."""
    packed = store.fetch(digest, key, remedy)
    folder.mkdir(parents=True)
    unpack.unpack(packed, folder, remedy, remedy)
    if not (folder / external.TABLE).is_file():
        raise console.BadInput(f"the zip named by {key} holds no {external.TABLE}, so it is not one that was packed here: "
                               f"{remedy}")


def check_pictures(folder: Path, what: str, remedy: str) -> None:
    """Every picture that the table names must lie beside it."""
    absent = [image for image in external.read_table(folder)["image"] if not (folder / "pictures" / image).is_file()]
    if absent:
        raise console.BadInput(f"{external.TABLE} of {what} names {', '.join(absent[:5])}, which is not beside it: {remedy}")


def check_complete(tree: Path) -> None:
    """Unlike a zip taken in by hand, Kaggle's own must have every row and every picture."""
    metadata = archive.check_layout(tree)
    absent = archive.missing(tree, metadata)
    if len(metadata) != kaggle.ROWS or absent:
        named = f" ({', '.join(absent[:5])}{', …' if len(absent) > 5 else ''})" if absent else ""
        raise console.BadInput(f"Kaggle's data set has {len(metadata):,} rows ({kaggle.ROWS:,} expected), pictures "
                               f"missing: {len(absent)}{named}: {kaggle.BY_HAND}")


def check_unchanged(found: str, expected: str, key: str, what: str) -> None:
    """Refuse what is not the file that params.yaml was written for."""
    if expected and found != expected:
        raise console.BadInput(f"{what} has changed: data.{key} expects {expected}, but {found} came: see what changed "
                               "and review it before you write the new hash into params.yaml")


def ask_for_empty(found: str, expected: str, key: str, what: str) -> None:
    """Stop where no hash was given yet; what came has passed every other check by then."""
    if not expected:
        raise console.BadInput(f"data.{key} is empty: {what} came and looks right; to pin it, paste this line into "
                               f'params.yaml under data: and run the same command again\n  {key}: "{found}"')


def write_patients(raw: Path, settings: params.Params, metadata: pd.DataFrame) -> None:
    """Put the patients table of the source beside the pictures; none of it with data.patients: none."""
    data, table = settings.data, raw / patients.TABLE
    if data.patients == "none":
        files.write_csv(table, pd.DataFrame(columns=patients.COLUMNS))
    elif data.source == "archive":
        shutil.copyfile(store.fetch(data.patients_sha256, "data.patients_sha256", TAKE_IN_PATIENTS), table)
    elif data.source == "kaggle":
        fetched, digest = ieee8023.fetch(data.patients_sha256)
        check_unchanged(digest, data.patients_sha256, "patients_sha256", "ieee8023's patients table")
        files.write_csv(table, ieee8023.convert(fetched, metadata))
        patients.check_cover(patients.read_patients(raw), metadata)
        ask_for_empty(digest, data.patients_sha256, "patients_sha256", "ieee8023's patients table")


def main() -> None:
    settings = params.load()
    write = {"phantom": write_phantom, "archive": unpack_archive, "kaggle": fetch_kaggle}[settings.data.source]
    with files.whole(RAW) as raw:
        raw.mkdir()
        write(raw, settings)
        unpack_external(raw, settings)
        unpack_cases(raw, settings)
        metadata = archive.check_layout(raw)
        write_patients(raw, settings, metadata)
        table = patients.read_patients(raw)
        if settings.data.patients == "required":
            patients.check_cover(table, metadata)
        absent = archive.missing(raw, metadata)
    print(f"{RAW}: {len(metadata):,} rows, {len(metadata) - len(absent):,} of their pictures, "
          f"{table['patient'].nunique()} patients named")


if __name__ == "__main__":
    console.run(main)
