"""Does data/raw hold all that its source has? By the phantom's plan, the zip that was taken in, or Kaggle's count."""

import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from xrays import archive, cases, kaggle, store
from xrays.phantom import archive as phantom
from xrays.phantom.presets import preset_named
from xrays.verification.finding import few

NEEDED = {"data.source", "data.sha256", "data.external_sha256", "data.cases", "phantom.preset", "phantom.rho",
          "phantom.shortcuts", "phantom.external", "phantom.patients", "phantom.seed"}


def fault(raw: Path, given: dict) -> str:
    """Files that data/raw lacks; given: the params of its own entry in dvc.lock, by dotted names."""
    if given["data.source"] == "kaggle":
        metadata = archive.read_metadata(raw)
        absent = archive.missing(raw, metadata)
        if len(metadata) != kaggle.ROWS or absent:
            return f"{len(metadata)} rows, {len(absent)} without a picture"
    wanted = {"phantom": lambda: planned(given), "archive": lambda: zipped(store.folder() / given["data.sha256"]),
              "kaggle": dict}[given["data.source"]]()
    if given["data.external_sha256"]:
        packed = zipped(store.folder() / given["data.external_sha256"])
        wanted |= {f"external/{name}": size for name, size in packed.items()}
    for number, digest in enumerate(given["data.cases"]):
        wanted |= {f"{cases.lot(number)}/{name}": size for name, size in zipped(store.folder() / digest).items()}
    wrong = [path for path, size in wanted.items()
             if not (raw / path).is_file() or size not in (None, (raw / path).stat().st_size)]
    named = few([Path(path).name for path in wrong])
    return f"{len(wrong)} of {len(wanted)} files missing or cut ({named})" if wrong else ""


def planned(given: dict) -> dict[str, int | None]:
    """Files of a phantom, without drawing it: sizes of its tables; None for a picture, whose size is not known."""
    preset = preset_named(given["phantom.preset"], given["phantom.rho"], given["phantom.shortcuts"])
    external = "none" if given["data.external_sha256"] else given["phantom.external"]
    tables, films = phantom.plan(preset, given["phantom.patients"], given["phantom.seed"], external)
    with TemporaryDirectory() as folder:
        for name, (columns, rows) in tables.items():
            phantom.write_table(Path(folder) / Path(name).name, columns, rows)
        sizes = {name: (Path(folder) / Path(name).name).stat().st_size for name in tables}
    return sizes | {path: None for film in films for path in (film.path, film.mask) if path}


def zipped(path: Path) -> dict[str, int]:
    """Names and sizes of the files in the zip that was taken in; nothing where it is not on this machine."""
    if not path.is_file():
        return {}
    with zipfile.ZipFile(path) as pack:
        return {entry.filename: entry.file_size for entry in pack.infolist() if not entry.is_dir()}
