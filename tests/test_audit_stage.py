"""The audit's main, on folders as `filter`, `probe` and `evaluate` leave them: all finite, same bytes, little at hand."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages import audit
from xrays import files, lungs, params, variants, verdict
from xrays.folds import COVID, NORMAL

ROOT = Path(__file__).parent.parent
SIZE, COUNT = 64, 60


def manifest(role: str, start: int, count: int, stream: np.random.Generator) -> pd.DataFrame:
    """Two pictures of each patient, both classes in each of three folds."""
    number = np.arange(start, start + count)
    label = np.where(number // 2 % 2 == 0, COVID, NORMAL) if role != "control" else "SARS"
    return pd.DataFrame({
        "image": [f"{one:03d}.png" for one in number], "label": label, "group": [f"p{one // 2}" for one in number],
        "fold": (number // 4 % 3).astype(str) if role == "study" else "", "role": role,
        "width": stream.integers(300, 600, count), "height": stream.integers(300, 600, count),
        "bytes": stream.integers(9_000, 90_000, count), "mode": "L"})


def stored(folder: Path, rows: pd.DataFrame, stream: np.random.Generator) -> None:
    files.write_csv(folder / "manifest.csv", rows)
    np.save(folder / "pictures.npy", stream.integers(0, 255, (len(rows), SIZE, SIZE), dtype=np.uint8))
    np.save(folder / "lungs.npy", np.broadcast_to(lungs.box(SIZE), (len(rows), SIZE, SIZE)))


def probed(folder: Path, fold: int, study: pd.DataFrame, controls: pd.DataFrame, external: pd.DataFrame,
           stream: np.random.Generator) -> None:
    """A network that sees disease, and none of it without lungs."""
    asked = [(study, "study", name) for name in variants.ALL] + [(controls, "control", "full"), (external, "external", "full")]
    tables = [pd.DataFrame({
        "image": rows["image"], "role": role, "variant": variant,
        "logit": stream.normal(size=len(rows)) + 3 * (rows["label"] == COVID) * (variant not in ("occluded", "border"))})
        for rows, role, variant in asked]
    files.write_csv(folder / f"fold-{fold}-seed-0.logits.csv", pd.concat(tables))
    heads = [pd.DataFrame({"image": study["image"], "draw": draw, "logit": stream.normal(size=len(study))}) for draw in range(4)]
    files.write_csv(folder / f"fold-{fold}-seed-0.permuted.csv", pd.concat(heads))
    np.save(folder / f"fold-{fold}-seed-0.cams.npy", stream.integers(0, 255, (len(study), 16, 16), dtype=np.uint8))


def project(folder: Path, judged: list[int], controls: int, external: int) -> Path:
    """Everything that `audit` reads, in a folder."""
    stream = np.random.default_rng(0)
    for place in ("data/filtered", "data/external", "data/probes", "metrics"):
        (folder / place).mkdir(parents=True)
    shutil.copy(ROOT / "params.yaml", folder / "params.yaml")
    params.save({"train.folds": judged, "evaluate.resamples": 100}, folder / "params.yaml")
    study, others = manifest("study", 0, COUNT, stream), manifest("control", 100, controls, stream)
    abroad = manifest("external", 200, external, stream)
    stored(folder / "data/filtered", pd.concat([study, others]), stream)
    stored(folder / "data/external", abroad, stream)
    rows = study[study["fold"].isin(map(str, judged))]
    for fold in judged:
        probed(folder / "data/probes", fold, rows[rows["fold"] == str(fold)], others, abroad, stream)
    files.write_csv(folder / "metrics/predictions.csv", rows[["image", "label", "group", "fold"]].assign(
        seed=0, probability=0.5, threshold=0.4, predicted=NORMAL, temperature=1.5))
    return folder


def audited(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[dict, dict]:
    monkeypatch.chdir(folder)
    audit.main()
    return tuple(json.loads((folder / "metrics" / f"{name}.json").read_text()) for name in ("audit", "external"))


def test_a_study_without_a_shortcut_fires_nothing_and_every_rule_has_a_row(tmp_path, monkeypatch):
    values, external = audited(project(tmp_path, [0, 1, 2], 12, 40), monkeypatch)
    assert values["trustworthy"] != "no" and values["controls"] == 12 and external["pictures"] == 40
    assert values["verdict"].endswith("[SYNTHETIC pictures, no patients]")
    table = files.read_csv(Path("metrics/audit.csv"))
    assert list(table["check"]) == [rule.name for rule in verdict.RULES] and not table["state"].eq(verdict.UNMEASURED).any()
    assert table.set_index("check")["state"].to_dict() == {rule.name: values[f"rule_{rule.name}"] for rule in verdict.RULES}


@pytest.mark.parametrize("judged", [[0, 1, 2], [1]])
def test_without_controls_and_external_pictures_everything_is_finite_and_what_is_missing_is_named(
        judged, tmp_path, monkeypatch):
    values, external = audited(project(tmp_path, judged, 0, 0), monkeypatch)
    assert external["pictures"] == 0 and len(files.read_csv(Path("metrics/external_predictions.csv"))) == 0
    assert values["rule_elsewhere"] == verdict.UNMEASURED and "not measured: elsewhere" in values["verdict"]
    assert values["rule_controls"] != verdict.FIRED and values["controls"] == 0
    assert all(np.isfinite(one) for one in values.values() if not isinstance(one, str))


def test_the_same_tables_give_the_same_bytes(tmp_path, monkeypatch):
    found = []
    for name in ("a", "b"):
        audited(project(tmp_path / name, [0, 1], 4, 12), monkeypatch)
        found.append({path.name: files.sha256(path) for path in Path("metrics").iterdir()})
    assert found[0] == found[1] and {"audit.json", "audit.csv", "audit.png", "external.json"} <= set(found[0])


def test_the_order_of_the_rows_of_predictions_changes_nothing(tmp_path, monkeypatch):
    folder = project(tmp_path, [0, 1, 2], 4, 12)
    first = audited(folder, monkeypatch)
    table = files.read_csv(folder / "metrics/predictions.csv")
    files.write_csv(folder / "metrics/predictions.csv", table.sample(frac=1, random_state=1))
    assert audited(folder, monkeypatch) == first
