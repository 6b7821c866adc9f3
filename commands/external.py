"""make external: take in another hospital's pictures, which no model was trained on, and judge the models by them.

Example: make external EXTERNAL=~/hospital (a folder with COVID-19/ and Normal/ in it, or a CSV image,label[,patient]).
They are copied into the store beside DVC's cache; params.yaml gets their SHA-256 alone. EXTERNAL=none takes them out.
"""

import tempfile
from pathlib import Path

from commands import repro
from xrays import console, packing, params, store
from xrays.folds import COVID, NORMAL

KEY = "data.external_sha256"


def taken_in(given: str) -> dict[str, str]:
    """The change of params.yaml that EXTERNAL means: a hash, or none."""
    if given == "none":
        return {KEY: ""}
    with tempfile.TemporaryDirectory() as folder:
        rows = packing.pack(Path(given).expanduser(), Path(folder) / "external.zip", packing.EXTERNAL)
        digest = store.take_in(Path(folder) / "external.zip")
    unnamed = rows["group"].eq(rows["image"]).sum()
    print(f"external pictures: {rows['label'].eq(COVID).sum()} COVID-19, {rows['label'].eq(NORMAL).sum()} Normal, of "
          f"{rows['group'].nunique()} patients{packing.unnamed(unnamed)}")
    return {KEY: digest}


def main() -> None:
    given = console.arguments("make external", __doc__, external={"help": "a folder, a CSV, or none"}).external
    if not given:
        raise console.BadInput(f"make external needs EXTERNAL: {packing.EXTERNAL.layout}; or EXTERNAL=none")
    params.load()
    params.save(taken_in(given))
    repro.reproduce()


if __name__ == "__main__":
    console.run(main)
