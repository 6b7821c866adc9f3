"""A review as JSON for machines: the same content, every name, no formatting."""

import json
from dataclasses import asdict

from xrays.review.comparison import Review


def write(review: Review, code: int) -> str:
    """One object; `exit_code` as the command ends with it."""
    decisions = {one.metric: {"verdict": one.verdict, "p": one.p} | asdict(one.difference) | {"change": one.difference.change}
                 for one in review.decisions}
    found = {"base": review.base, "head": review.head, "synthetic": review.synthetic, "verdict": review.overall.verdict,
             "sentence": review.overall.sentence.replace("**", ""), "exit_code": code,
             "params": [asdict(one) for one in review.changes.params],
             "stages": [asdict(one) for one in review.changes.stages], "unlocked": review.changes.unlocked,
             "files": review.changes.files, "data": review.data.counted(),
             "pictures": review.pictures, "patients": review.patients, "seeds": list(review.seeds), "spread": review.spread,
             "metrics": decisions, "delong": review.delong._asdict() if review.delong else None,
             "errors": asdict(review.errors), "confusion": list(review.confusion),
             "published": [dict(zip(("number", "base", "head"), one)) for one in review.published],
             "trust": [asdict(doubt) for doubt in review.doubts]}
    return json.dumps(found, indent=1, default=str)
