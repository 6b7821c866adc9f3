"""ieee8023's public table of patients, from where CoronaHack took its COVID-19 pictures, at one commit for ever.

All 70 pictures that CoronaHack has from there stand in it, with their patients (looked up by hand at that commit).
Fetched once into the store, where its hash is its name.
"""

import csv
import io
import tempfile
import time
from pathlib import Path

import pandas as pd
import requests

from xrays import files, patients, store, tables, unpack, web

COMMIT = "6a4242344473ccb5ed0d2148d8c7bfb1691e4ed8"
URL = f"https://raw.githubusercontent.com/ieee8023/covid-chestxray-dataset/{COMMIT}/metadata.csv"
SERVER = "GitHub (ieee8023's patients table)"
REMEDY = f"see whether this machine may fetch {URL}, or write data.patients: none (then every number is too good)"
CONNECT, READ = 10, 60 * web.PATIENCE  # seconds without a connection, without a byte
DEADLINE = 300.0 * web.PATIENCE  # seconds for its 0.6 MB
HEADER = (
    "patientid,offset,sex,age,finding,RT_PCR_positive,survival,intubated,intubation_present,went_icu,in_icu,"
    "needed_supplemental_O2,extubated,temperature,pO2_saturation,leukocyte_count,neutrophil_count,lymphocyte_count,"
    "view,modality,date,location,folder,filename,doi,url,license,clinical_notes,other_notes,"
).split(",")
NAMES = ["filename", "patientid", "offset", "sex", "age", "finding", "view", "modality", "license"]


def fetch(sha256: str, pause: float = web.PAUSE) -> tuple[Path, str]:
    """The table in the store and its SHA-256; from the network only where the store does not hold it.

    Whether what came is the one of sha256 is for the caller to judge.
    """
    held = store.folder() / sha256
    if sha256 and held.is_file() and files.sha256(held) == sha256:
        return held, sha256
    with tempfile.TemporaryDirectory() as folder:
        arriving = Path(folder) / "metadata.csv"
        web.patiently(lambda: _get(arriving), pause, REMEDY)
        digest = store.take_in(arriving)
    return store.folder() / digest, digest


def _get(path: Path) -> None:
    try:
        with requests.get(URL, stream=True, timeout=(CONNECT, READ)) as response:
            response.raise_for_status()
            _save(response, path)
    except requests.RequestException as error:
        raise web.explained(error, SERVER, REMEDY) from None
    if unpack.is_web_page(path):
        raise web.Temporary(f"{SERVER} sent a web page instead")


def _save(response: requests.Response, path: Path) -> None:
    """Read timeouts start anew with each byte, so a trickle needs a deadline of its own."""
    begun = time.monotonic()
    with path.open("wb") as file:
        for chunk in response.iter_content(64 * 1024):
            file.write(chunk)
            if time.monotonic() - begun > DEADLINE:
                raise web.Temporary(f"{SERVER} sent only {file.tell() / 1e3:.0f} kB in {DEADLINE:.0f} s")


def convert(table: Path, metadata: pd.DataFrame) -> pd.DataFrame:
    """Its rows on pictures that the metadata names, in the canonical columns, sorted by picture.

    Not read strictly: commas that nobody quoted make the notes at the end of some rows longer or shorter.
    """
    lines = csv.DictReader(io.StringIO(tables.text(table), newline=""), restval="")
    tables.check_header(table.name, list(lines.fieldnames or []), HEADER)
    images = set(metadata["image"])
    known = [[line[name] for name in NAMES] for line in lines if line["filename"] in images]
    rows = pd.DataFrame(known, columns=patients.COLUMNS, dtype=str)
    rows["finding"] = rows["finding"].str.split("/").str[-1]  # "Pneumonia/Viral/COVID-19"
    return rows.drop_duplicates().sort_values("X_ray_image_name")
