"""A review as one HTML page that opens without a network, with the pictures that were fixed and broken where at hand."""

import base64
import io
from pathlib import Path

import numpy as np
from jinja2 import Environment, PackageLoader
from PIL import Image

from xrays import cohort, files
from xrays.review import data, markdown, measures, verdicts, words
from xrays.review.comparison import Review

FILTERED = Path("data/filtered")
SHOWN = 24  # pictures of a kind
WIDTH, HALF = 220, 110  # of the drawing of an interval


def write(review: Review) -> str:
    """The page. Real patients' pictures may be in it: it is for the reader's own disk, never for Git or a comment."""
    environment = Environment(loader=PackageLoader("xrays.review", "."), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.globals |= {"words": words, "shown": verdicts.shown, "meanings": data.MEANINGS, "bar": bar,
                            "widest": widest(review)}
    return environment.get_template("page.html.jinja").render(
        review=review, headline=markdown.headline(review).replace("**", "").replace("`", ""), method=markdown.METHOD,
        kind=review.overall.verdict.replace(" ", "-"), pictures=pictures(review), more=SHOWN)


def bar(decision: verdicts.Decision, widest: float) -> dict[str, float]:
    """Where a difference and its interval lie in a drawing 220 wide with nought in the middle; better is to the right."""
    one, sign = decision.difference, measures.DIRECTION[decision.metric]
    low, high = (one.low, one.high) if one.low is not None else (one.patients_low, one.patients_high)
    ends = sorted(sign * end for end in (low, high))
    place = {"low": ends[0], "high": ends[1], "at": sign * one.change}
    return {name: HALF + min(1.0, max(-1.0, value / widest)) * (HALF - 6) for name, value in place.items()} if widest else {}


def widest(review: Review) -> float:
    """The largest number that any interval reaches."""
    ends = [end for one in review.decisions for end in (one.difference.patients_low, one.difference.patients_high,
                                                         one.difference.low, one.difference.high) if end is not None]
    return max(map(abs, ends), default=0.0)


def pictures(review: Review) -> dict[str, list[tuple[str, str]]]:
    """Kind → (name, data URI) of pictures that were fixed and broken; empty where data/filtered is not at hand."""
    manifest, stack = FILTERED / "manifest.csv", FILTERED / "pictures.npy"
    if not (manifest.is_file() and stack.is_file()):
        return {}
    place = {image: row for row, image in enumerate(cohort.prepared(files.read_csv(manifest))["image"])}
    held = np.load(stack, mmap_mode="r")
    return {kind: [(name, _uri(held[place[name]])) for name in names[:SHOWN] if name in place]
            for kind, names in (("fixed", review.errors.fixed), ("broken", review.errors.broken))}


def _uri(picture: np.ndarray) -> str:
    """A grey picture (size, size) as a PNG inside the page."""
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(picture)).save(buffer, format="PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
