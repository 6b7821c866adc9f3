"""What changed in the data, from both manifests: pictures added, removed, relabelled, replaced, moved to another fold."""

from dataclasses import dataclass, fields

import pandas as pd

from xrays.review.revisions import Revision

MEANINGS = {"added": "added to the study", "removed": "removed from the study", "relabelled": "given another label",
            "replaced": "other bytes under the same name", "regrouped": "given to another patient",
            "moved": "moved to another fold"}


@dataclass(frozen=True)
class Data:
    """Names of study pictures, sorted. known: whether both revisions publish a manifest."""

    added: list[str]
    removed: list[str]
    relabelled: list[str]
    replaced: list[str]
    regrouped: list[str]
    moved: list[str]
    common: pd.Index  # in both with the same label and bytes: what may be paired
    known: bool

    def counted(self) -> dict[str, list[str]]:
        """Kind of change → names, those that occurred."""
        return {one.name: names for one in fields(self) if one.name in MEANINGS and (names := getattr(self, one.name))}


def between(base: Revision, head: Revision) -> Data:
    """Of the published manifests; where a revision has none, of its predictions, without the bytes."""
    known = base.manifest is not None and head.manifest is not None
    old, new = (_study(revision, known) for revision in (base, head))
    both = old.index.intersection(new.index).sort_values()
    unlike = {column: both[old.loc[both, column].to_numpy() != new.loc[both, column].to_numpy()]
              for column in ("label", "sha256", "group", "fold")}
    common = both.difference(unlike["label"]).difference(unlike["sha256"])
    return Data(sorted(new.index.difference(old.index)), sorted(old.index.difference(new.index)), list(unlike["label"]),
                list(unlike["sha256"]), list(unlike["group"]), list(unlike["fold"]), common, known)


def _study(revision: Revision, known: bool) -> pd.DataFrame:
    """Study pictures by name: label, sha256, group, fold."""
    if known:
        table = revision.manifest[revision.manifest["role"] == "study"]
    else:
        table = revision.predictions.drop_duplicates("image").astype({"fold": str}).assign(sha256="")
    return table.drop_duplicates("image").set_index("image")[["label", "sha256", "group", "fold"]]
