"""What a hash cannot tell: an out that was locked half-made, as `dvc commit --force` after a failed stage would do.

Each check holds an out against an earlier one or against the params in its own entry of dvc.lock.
"""

import json
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from safetensors import safe_open

from xrays import archive, cases, cohort, external, files, models, numbers, params, published
from xrays.verification import chosen, runs, source, tables, trained
from xrays.verification.finding import Finding, few, rerunning

RAW, FILTERED, EXTERNAL = Path("data/raw"), Path("data/filtered"), Path("data/external")
TRAVELS = {"README.md": Path("reports/model_card.md"),
           **{name: Path("metrics") / name for name in ("predictions.csv", "metrics.json", "audit.json")}}
MODELS, PROBES, METRICS, EXPORT = Path("models"), Path("data/probes"), Path("metrics"), Path("export")


def findings(stages: dict[str, dict], stale: set[str], cache: Path) -> Iterator[Finding]:
    """The first fault of each stage. All outs must be in the work tree byte for byte as in dvc.lock.

    stages: the entries of dvc.lock; stale: those whose inputs have changed, which cannot be held against them.
    """
    for name, entry in stages.items():
        paths = [path for out in entry.get("outs", []) if (path := Path(out["path"])).exists()]
        checks = [(path, partial(cut, path)) for path in paths if path != RAW]
        checks += [(path, check) for path, check in _checks(name, stages, stale) if path.exists()]  # else outs says so
        faults = ((path, fault) for path, check in checks if (fault := told(check)))
        for path, fault in islice(faults, 1):
            yield Finding(str(path), f"partial, {fault} (made by {name})",
                          rerunning(name, *runs.remembered(cache, entry)))


def told(check: Callable[[], str]) -> str:
    """What a check says; where it cannot read its file, that."""
    try:
        return check()
    except Exception as error:  # whatever a half-written file does to its reader is the finding
        return f"cannot be read ({type(error).__name__}: {str(error).partition(chr(10))[0][:100]})"


def _checks(name: str, stages: dict[str, dict], stale: set[str]) -> Iterator[tuple[Path, Callable[[], str]]]:
    given = stages[name].get("params", {}).get("params.yaml", {})
    if name == "download" and RAW.exists() and source.NEEDED <= given.keys():  # of a lock that was cut it may lack some
        yield RAW, lambda: source.fault(RAW, given)
    elif name in stale:
        return
    elif name == "filter":
        yield FILTERED, filtered
        yield EXTERNAL, abroad
    elif name.startswith("train@"):
        (fold, seed), stem = of(name), MODELS / models.stem(*of(name))
        yield Path(f"{stem}.safetensors"), lambda: trained.weights(stem, fold, seed, given)
        yield Path(f"{stem}.curves.csv"), lambda: trained.curves(stem, given["train.epochs"])
        yield Path(f"{stem}.logits.csv"), lambda: trained.logits(stem, fold)
    elif name.startswith("probe@"):
        (fold, _), stem = of(name), PROBES / models.stem(*of(name))
        yield Path(f"{stem}.logits.csv"), lambda: trained.asked(stem, fold)
        yield Path(f"{stem}.permuted.csv"), lambda: trained.permuted(stem, fold, given["probe.permutations"])
        yield Path(f"{stem}.cams.npy"), lambda: trained.maps(stem, fold)
    elif name == "evaluate":
        yield METRICS / "predictions.csv", lambda: predictions(models_of(stages))
        yield METRICS / "predictions.csv", lambda: chosen.fault(tables.read_predictions(), models_of(stages), given)
        yield METRICS / "metrics.json", lambda: recomputed(given["evaluate"])
        yield from tables.of_evaluate(models_of(stages))
    elif name == "audit":
        yield from tables.of_audit(models_of(stages))
    elif name == "report":
        yield from tables.of_report()
    elif name == "package":
        yield EXPORT, lambda: package(stages)


def cut(path: Path) -> str:
    """Files that do not reach their end: a line without its end, a picture or tensors that stop short."""
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.suffix in (".csv", ".json", ".md") and not file.read_bytes().endswith(b"\n"):
            return f"{file.name} ends in the middle of a line"
        if file.suffix == ".json":
            json.loads(file.read_bytes())
        if file.suffix == ".html" and not file.read_bytes().endswith(b"</html>\n"):
            return f"{file.name} ends before </html>"
        if file.suffix == ".png":
            with Image.open(file) as picture:
                picture.load()
        if file.suffix == ".safetensors":
            with safe_open(file, framework="numpy"):
                pass
    return ""


def of(name: str) -> tuple[int, int]:
    """Fold and seed of train@FOLD-SEED and probe@FOLD-SEED."""
    fold, seed = name.partition("@")[2].split("-")
    return int(fold), int(seed)


def models_of(stages: dict[str, dict]) -> list[tuple[int, int]]:
    return [of(name) for name in stages if name.startswith("train@")]


def filtered() -> str:
    """The rows of data/raw with its pictures' bytes, and a prepared picture for each study and control row."""
    manifest = files.read_csv(FILTERED / "manifest.csv")
    named = pd.concat([archive.read_metadata(RAW)[["image", "part"]], cases.read(RAW)[["image", "part"]]])
    metadata = named.set_index("image")["part"]
    if sorted(metadata.index) != sorted(manifest["image"]):
        return f"its manifest names {len(manifest)} pictures, {RAW} {len(metadata)}"
    paths = {image: cases.picture_path(RAW, part, image) for image, part in metadata.items()}
    wrong = [image for image, digest in zip(manifest["image"], manifest["sha256"])
             if digest and not (paths[image].is_file() and files.sha256(paths[image]) == digest)]
    if wrong:
        return f"{len(wrong)} pictures of its manifest are not those of {RAW} ({few(wrong)})"
    return stacks(FILTERED, ("pictures", "lungs", "lesions"), len(cohort.prepared(manifest)))


def abroad() -> str:
    """The rows of data/raw/external with its pictures' bytes, and a prepared picture for each that is judged."""
    manifest = files.read_csv(EXTERNAL / "manifest.csv")
    named = external.read_table(RAW / "external")
    if list(named["image"]) != list(manifest["image"]):
        return f"its manifest names {len(manifest)} pictures, {RAW / 'external'} {len(named)}"
    wrong = [image for image, digest in zip(manifest["image"], manifest["sha256"])
             if digest and files.sha256(RAW / "external" / "pictures" / image) != digest]
    if wrong:
        return f"{len(wrong)} pictures of its manifest are not those of {RAW / 'external'} ({few(wrong)})"
    return stacks(EXTERNAL, ("pictures", "lungs"), manifest["role"].eq("external").sum())


def stacks(folder: Path, names: tuple[str, ...], count: int) -> str:
    """Arrays (count, size, size), all of one size."""
    shapes = {name: np.load(folder / f"{name}.npy", mmap_mode="r").shape for name in names}
    wrong = [f"{name}.npy is {shape} for {count} rows" for name, shape in shapes.items()
             if shape != (count, *shapes[names[0]][1:])]
    return "; ".join(wrong)


def predictions(wanted: list[tuple[int, int]]) -> str:
    """The manifest published, and one row for each study picture of each fold and seed, with probabilities."""
    table, manifest = tables.read_predictions(), files.read_csv(METRICS / "manifest.csv")
    if not published.manifest(FILTERED, EXTERNAL).equals(manifest):
        return f"{METRICS / 'manifest.csv'} is not that of {FILTERED} and {EXTERNAL}"
    study = manifest[manifest["role"] == "study"]
    expected = [(image, seed) for fold, seed in wanted for image in study.loc[study["fold"] == str(fold), "image"]]
    if sorted(zip(table["image"], table["seed"])) != sorted(expected):
        return f"{len(table)} rows for {len(expected)} pictures and seeds"
    inside = all(table[name].between(0, 1).all() for name in ("probability", "calibrated"))
    return "" if inside else "a probability is not between 0 and 1"


def recomputed(settings: dict) -> str:
    """Each number of metrics.json, intervals too, computed anew from predictions.csv; settings: section evaluate."""
    again = numbers.of(tables.read_predictions(), params.Evaluate.model_validate(settings))
    return tables.unequal(METRICS / "metrics.json", again, tables.PREDICTIONS)


def package(stages: dict[str, dict]) -> str:
    """All models, and the data they were made from."""
    described = json.loads((EXPORT / "model.json").read_text(encoding="utf-8"))
    stems = sorted(models.stem(fold, seed) for fold, seed in models_of(stages))
    with safe_open(EXPORT / "model.safetensors", framework="numpy") as file:
        held = sorted({key.partition("/")[0] for key in file.keys()})
    if not stems == sorted(described["models"]) == held:
        return f"it holds {', '.join(held)}, the lock {', '.join(stems)}"
    odd = [name for name, path in TRAVELS.items() if files.sha256(EXPORT / name) != files.sha256(path)]
    if odd:
        return f"{few(odd)} not as in {METRICS} and reports/"
    data = next((out["md5"] for out in stages["filter"]["outs"] if out["path"] == str(FILTERED)), "")
    return "" if described["data_filtered_md5"] == data else "it was made from other data than the lock's"
