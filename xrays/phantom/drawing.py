"""One picture with its masks, from the seed, the patient and the visit alone."""

from dataclasses import dataclass

import numpy as np

from xrays.phantom.acquisition import Exposure, body_shape, exposed, exposed_mask, sampling_points
from xrays.phantom.disease import lung_texture, opacity
from xrays.phantom.presets import Site
from xrays.phantom.randomness import stream
from xrays.phantom.subject import Subject
from xrays.phantom.views import VIEWS


@dataclass(frozen=True)
class Drawing:
    """`picture` uint8, `lungs` and `lesions` bool, all (height, width)."""

    picture: np.ndarray
    lungs: np.ndarray
    lesions: np.ndarray


def draw(
    seed: int, patient: str, visit: int, *,
    sex: str, age: int, finding: str, severity: float, view: str, site: Site,
) -> Drawing:
    """Draws one visit; `severity` is 0 to 1, `view` a key of `views.VIEWS`.

    Anatomy comes from the patient's own stream, so it returns at each visit; breath, position,
    noise and the place of new opacities come from the visit's.
    """
    subject = Subject.draw(stream(seed, patient, "subject"), sex, age)
    inspiration = float(stream(seed, patient, visit, "breath").normal(0.0, 0.7))
    chest = VIEWS[view](subject, stream(seed, patient, "tissue"), inspiration)
    added, lesions = opacity(finding, severity, chest, stream(seed, patient, "opacity"))
    texture = lung_texture(chest, stream(seed, patient, "texture")) * chest.air.sum(axis=0)
    exposure = Exposure.draw(stream(seed, patient, visit, "exposure"), site)
    points = sampling_points(exposure, body_shape(stream(seed, patient, "shape")))
    picture = exposed(chest, added + texture, points, exposure, stream(seed, patient, visit, "noise"))
    return Drawing(picture, exposed_mask(chest.lungs, points), exposed_mask(lesions, points))
