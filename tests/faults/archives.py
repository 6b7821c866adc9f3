"""Archives to break: a folder in Kaggle's layout as a zip, with some of its files changed."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.faults.bench import Bench
from xrays.archive import METADATA, PICTURES

__all__ = ["METADATA", "PICTURES", "folder_files", "give", "zipped", "zipped_folder"]


def folder_files(raw: Path) -> dict[str, bytes]:
    """Name → bytes of what Kaggle's archive holds of data/raw, sorted: no patients, no masks, no external pictures."""
    own = {raw / "masks", raw / "external"}  # the phantom's own
    return {path.relative_to(raw).as_posix(): path.read_bytes() for path in sorted(raw.rglob("*"))
            if path.is_file() and path.name != "patients.csv" and not own & set(path.parents)}


def zipped(files: dict[str, bytes]) -> bytes:
    """The same bytes for the same files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def zipped_folder(raw: Path) -> bytes:
    return zipped(folder_files(raw))


def give(bench: Bench, change: Callable[[dict[str, bytes]], None] | None = None, patients: bytes | None = None,
         body: bytes | None = None) -> None:
    """Take in the bench's archive with its files changed in place (or another body), as `make coronahack` does."""
    raw = bench.folder / "data" / "raw"
    files = folder_files(raw)
    if change:
        change(files)
    given = {"data.sha256": zipped(files) if body is None else body, "data.patients_sha256": patients}
    for key, content in given.items():
        if content is not None:
            (bench.folder.parent / "given").write_bytes(content)
            bench.run("python", "-c", "import sys\nfrom pathlib import Path\nfrom xrays import params, store\n"
                      f"params.save({{{key!r}: store.take_in(Path(sys.argv[1]))}})", str(bench.folder.parent / "given"))


def take_back(bench: Bench) -> None:
    """The params of the committed state again: what a person does after a failure."""
    bench.git("checkout", "--quiet", "params.yaml")
