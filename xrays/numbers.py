"""All of metrics.json, from predictions.csv alone."""

import pandas as pd

from xrays import decision, scores, uncertainty
from xrays.params import Evaluate


def of(predictions: pd.DataFrame, settings: Evaluate) -> dict[str, float]:
    """Every number with its interval, and precision where COVID-19 is rarer."""
    values = scores.of(predictions)
    values |= uncertainty.of(predictions, settings.resamples)
    return values | decision.at_prevalences(values, settings.prevalences)
