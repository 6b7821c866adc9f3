"""Who is studied: the role, the patient and the reason of every row of the metadata.

Two sources hide behind one table, told apart by file name. Kermany et al. (Guangzhou, children) name patients in the
file (`IM-0128-0001`, `NORMAL2-IM-0173-0001`; the prefix is kept, for 94 numbers occur with and without it and are
different children). Everything else comes from ieee8023/covid-chestxray-dataset, whose patients stand in a table.
"""

from pathlib import Path

import pandas as pd

from xrays import params
from xrays.console import BadInput
from xrays.folds import COVID, NORMAL

KERMANY = r"^((?:NORMAL2-)?IM-\d+|person\d+_(?:bacteria|virus))"
MANIFEST = ["image", "sha256", "label", "group", "fold", "role", "reason"]
FACTS = ["source", "view", "sex", "age", "width", "height", "bytes", "mode"]


def select(metadata: pd.DataFrame, patients: pd.DataFrame, required: bool) -> pd.DataFrame:
    """One row an image, sorted by name, with label, source, group, view, sex, age and the role wanted for it."""
    rows = metadata.sort_values("image", ignore_index=True)
    person = patients.set_index("X_ray_image_name").reindex(rows["image"]).fillna("").reset_index(drop=True)
    kermany = rows["image"].str.extract(KERMANY)[0].fillna("")
    rows["source"] = kermany.ne("").map({True: "kermany", False: "ieee8023"})
    rows["label"] = _label(rows)
    rows["group"] = _group(rows, kermany, person["patient"], required)
    rows[["view", "sex", "age"]] = person[["view", "sex", "age"]]
    rows["wanted"] = _role(rows)
    rows["excluded"] = _excluded(person)
    return rows


def _label(rows: pd.DataFrame) -> pd.Series:
    """Normal, the named finding (COVID-19, SARS, ARDS, Streptococcus), or the kind of pneumonia (Virus, bacteria)."""
    finding = rows["label_2"].where(rows["label_2"] != "", rows["label_1"])
    return finding.where(rows["label"] != NORMAL, NORMAL)


def _group(rows: pd.DataFrame, kermany: pd.Series, patient: pd.Series, required: bool) -> pd.Series:
    """The patient; without a patients table a picture of ieee8023 stands for itself."""
    unknown = rows[(kermany == "") & (patient == "")]
    if required and len(unknown):
        named = ", ".join(unknown["image"][:5]) + (", …" if len(unknown) > 5 else "")
        raise BadInput(f"data/raw/patients.csv names no patient for {len(unknown)} pictures ({named}): without it 49 % "
                       "of the COVID-19 test pictures share a patient with training; give a table that names them, or "
                       "write data.patients: none")
    other = ("ieee8023-" + patient).where(patient != "", "image-" + rows["image"])
    return ("kermany-" + kermany).where(kermany != "", other)


def _role(rows: pd.DataFrame) -> pd.Series:
    """study: COVID-19 and Kermany's normals; control: what else COVID-19's own source holds; other: pneumonias."""
    study = rows["label"].eq(COVID) | (rows["label"].eq(NORMAL) & rows["source"].eq("kermany"))
    control = ~study & (rows["source"].eq("ieee8023") | rows["label"].isin(["SARS", "ARDS", "Streptococcus"]))
    return pd.Series("other", index=rows.index).mask(study, "study").mask(control, "control")


def _excluded(person: pd.DataFrame) -> pd.Series:
    """Why the patients table rules a picture out: CT slices and laterals give the class away by their shape."""
    ct = person["modality"].eq("CT") | person["view"].isin(["CT", "Axial", "Coronal"])
    lateral = person["view"].isin(["L", "Lateral"])
    return pd.Series("", index=person.index).mask(lateral, "lateral view").mask(ct, "CT slice")


def drop(rows: pd.DataFrame) -> pd.DataFrame:
    """Give every row its final role and reason. Of exact duplicates the first by name stays."""
    reason = rows["unusable"].where(rows["unusable"] != "", rows["excluded"])
    usable = rows[reason == ""]
    first = usable.groupby("sha256")["image"].transform("first")
    conflict = usable.groupby("sha256")["label"].transform("nunique") > 1
    reason.update(("same file as " + first).where(first != usable["image"], ""))
    reason.update(pd.Series("same file under two labels", index=usable.index)[conflict])
    return rows.assign(role=rows["wanted"].where(reason == "", "dropped"), reason=reason)


def manifest(rows: pd.DataFrame) -> pd.DataFrame:
    """Every picture by name; what the patients table and the file say of it stands behind the published columns."""
    fold = rows["fold"].astype(str).where(rows["fold"] >= 0, "")
    return rows.assign(fold=fold)[MANIFEST + FACTS]


def prepared(manifest: pd.DataFrame) -> pd.DataFrame:
    """The rows that have a picture in pictures.npy, in its order."""
    return manifest[manifest["role"].isin(["study", "control"])].reset_index(drop=True)


def orphans(metadata: pd.DataFrame, raw: Path) -> int:
    """Files beside the named ones that no row names."""
    named = set(metadata["image"])
    return sum(1 for path in raw.rglob("*") if path.is_file() and path.suffix != ".csv" and path.name not in named)


def counts(rows: pd.DataFrame, settings: params.Params, orphan_files: int) -> dict[str, float]:
    """Flat counts for `dvc metrics diff`, so that a change of data shows in a pull request."""
    study = rows[rows["role"] == "study"]
    result = {
        "rows": len(rows),
        "orphan_files": orphan_files,
        "synthetic": settings.data.source == "phantom",
        "patients_table": settings.data.patients == "required",
        "study_rows_bad": ((rows["wanted"] == "study") & (rows["unusable"] != "")).sum(),
        "groups_shared_between_folds": (study.groupby("group")["fold"].nunique() > 1).sum(),
    }
    result |= {f"role_{role}": rows["role"].eq(role).sum() for role in ("study", "control", "other", "dropped")}
    result |= {f"dropped_{kind}": count for kind, count in _kinds(rows["reason"]).items()}
    for label, name in ((COVID, "covid"), (NORMAL, "normal")):
        of_class = study[study["label"] == label]
        result[f"{name}_pictures"] = len(of_class)
        result[f"{name}_patients"] = of_class["group"].nunique()
        result |= {f"{name}_source_{source}": of_class["source"].eq(source).sum() for source in ("kermany", "ieee8023")}
        for fold in range(settings.split.folds if settings.split.method == "grouped" else 2):
            in_fold = of_class[of_class["fold"] == fold]
            result[f"{name}_pictures_fold_{fold}"] = len(in_fold)
            result[f"{name}_patients_fold_{fold}"] = in_fold["group"].nunique()
    return {key: float(value) for key, value in result.items()}


def _kinds(reasons: pd.Series) -> dict[str, int]:
    kinds = {"duplicate": "same file as", "label_conflict": "same file under", "missing": "file missing",
             "lateral": "lateral view", "ct": "CT slice"}
    found = {kind: int(reasons.str.startswith(start).sum()) for kind, start in kinds.items()}
    return found | {"unusable": int(reasons.ne("").sum()) - sum(found.values())}
