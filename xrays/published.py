"""The manifest that Git shows: which picture is used for what, and why another is not; study and external ones."""

from pathlib import Path

import pandas as pd

from xrays import cohort, files


def manifest(filtered: Path, external: Path) -> pd.DataFrame:
    """The published columns of data/filtered's manifest, then those of data/external, which have no fold."""
    tables = [files.read_csv(filtered / "manifest.csv")]
    if (external / "manifest.csv").exists():
        tables.append(files.read_csv(external / "manifest.csv").assign(fold=""))
    return pd.concat([table[cohort.MANIFEST] for table in tables], ignore_index=True)
