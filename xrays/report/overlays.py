"""Pictures with what spoke for COVID-19 laid over them, as PNGs inside the page."""

import base64
import io
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import colormaps
from PIL import Image

from xrays import cohort, files, models
from xrays.folds import COVID, NORMAL

SIDE = 224  # pixels of a shown picture
STRONGEST = 0.55  # opacity where the map is at its maximum
SHOWN = 4  # of each kind
KINDS = {(COVID, COVID): "COVID-19, found", (NORMAL, NORMAL): "Normal, called Normal",
         (COVID, NORMAL): "COVID-19, missed", (NORMAL, COVID): "Normal, called COVID-19"}


def data_uri(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()


def png(picture: np.ndarray) -> str:
    """uint8 (h, w) or (h, w, 3) as a data URI."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return data_uri(buffer.getvalue())


def laid_over(picture: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """uint8 (SIDE, SIDE, 3): a grey picture (s, s) under a map (m, m), both uint8; viridis suits the colour-blind."""
    grey = np.asarray(Image.fromarray(picture).resize((SIDE, SIDE), Image.Resampling.BICUBIC), float)[..., None]
    share = np.asarray(Image.fromarray(heat).resize((SIDE, SIDE), Image.Resampling.BICUBIC), float) / 255
    colour = colormaps["viridis"](share)[..., :3] * 255
    opacity = (STRONGEST * share)[..., None]
    return np.clip(grey * (1 - opacity) + colour * opacity, 0, 255).astype(np.uint8)


def chosen(predictions: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Of each kind the pictures that the network was surest of: the plainest finds and the worst mistakes."""
    first = predictions.sort_values(["image", "seed"]).drop_duplicates("image")
    away = (first["probability"] - first["threshold"]).abs()
    ordered = first.assign(away=away).sort_values(["away", "image"], ascending=[False, True])
    return {words: ordered[(ordered["label"] == label) & (ordered["predicted"] == called)].head(SHOWN)
            for (label, called), words in KINDS.items()}


def draw(filtered: Path, probes: Path, predictions: pd.DataFrame) -> dict[str, list[dict[str, str]]]:
    """By kind: plain picture, overlay, caption. Missed pictures come with what little spoke for COVID-19."""
    manifest = files.read_csv(filtered / "manifest.csv")
    place = {image: number for number, image in enumerate(cohort.prepared(manifest)["image"])}
    pictures = np.load(filtered / "pictures.npy")
    study = manifest[manifest["role"] == "study"]
    within = {image: (fold, number) for fold, rows in study.sort_values("image").groupby("fold")
              for number, image in enumerate(rows["image"])}
    shown = {}
    for words, rows in chosen(predictions).items():
        shown[words] = []
        for row in rows.itertuples():
            fold, number = within[row.image]
            heat = np.load(probes / f"{models.stem(int(fold), row.seed)}.cams.npy")[number]
            picture = pictures[place[row.image]]
            plain = np.asarray(Image.fromarray(picture).resize((SIDE, SIDE), Image.Resampling.BICUBIC))
            shown[words].append({
                "plain": png(plain), "overlay": png(laid_over(picture, heat)),
                "caption": f"uncalibrated: p = {row.probability:.3f}, threshold {row.threshold:.3f}; "
                           f"calibrated: p = {row.calibrated:.3f}"})
    return shown
