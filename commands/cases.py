"""make cases: add pictures to the study, lot by lot; every earlier picture keeps its fold.

Example: make cases CASES=~/new (a folder with COVID-19/ or Normal/ or both in it, or a CSV image,label[,patient]).
They are copied into the store beside DVC's cache; params.yaml gets one more SHA-256 in data.cases. `make review` then
names each picture that was added.
"""

import tempfile
from pathlib import Path

from commands import repro
from xrays import cases, console, files, packing, params, store
from xrays.folds import COVID, NORMAL

KEY = "data.cases"
MANIFEST = Path("metrics/manifest.csv")


def taken_in(given: str, present: list[str]) -> dict[str, list[str]]:
    """The change of params.yaml that CASES means: one hash more. Raises BadInput where it would add nothing new."""
    with tempfile.TemporaryDirectory() as folder:
        rows = packing.pack(Path(given).expanduser(), Path(folder) / "cases.zip", packing.CASES)
        digest = store.take_in(Path(folder) / "cases.zip")
    if digest in present:
        raise console.BadInput(f"{given}: just these pictures were added before, as lot {present.index(digest) + 1} of {KEY}")
    known = set(files.read_csv(MANIFEST)["image"].str.casefold()) if MANIFEST.is_file() else set()
    clashing = rows["path"][rows["image"].str.casefold().isin(known)]
    if len(clashing):
        raise console.BadInput(f"{clashing.iloc[0]}: a picture of that name is in the data set already ({len(clashing)} such "
                               "names in all): rename it, or leave it out if it is the same picture")
    unnamed = rows["group"].eq(rows["image"]).sum()
    print(f"{cases.FOLDER}: {rows['label'].eq(COVID).sum()} COVID-19, {rows['label'].eq(NORMAL).sum()} Normal, of "
          f"{rows['group'].nunique()} patients{packing.unnamed(unnamed)}")
    return {KEY: [*present, digest]}


def main() -> None:
    given = console.arguments("make cases", __doc__, cases={"help": "a folder or a CSV"}).cases
    if not given:
        raise console.BadInput(f"make cases needs CASES: {packing.CASES.layout}")
    now = params.load().data
    if now.source == "phantom":
        raise console.BadInput("data.source is phantom: cases are added to real pictures, not to synthetic ones: run `make "
                               "coronahack` first, on a branch of its own")
    params.save(taken_in(given, now.cases))
    repro.reproduce()


if __name__ == "__main__":
    console.run(main)
