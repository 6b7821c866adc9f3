"""The audit: a planted shortcut is found by the line that is there for it, and where there is none nothing fires."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages import audit
from xrays import audit_figure, baselines, elsewhere, files, lungs, reliance, scores, variants, verdict
from xrays.folds import COVID, NORMAL
from xrays.params import load

SIZE, COUNT = 64, 150


def study(seed: int, plant: str = "") -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Rows, noisy pictures and lungs of a study in which COVID-19 has brighter lungs and, if planted, something else."""
    stream = np.random.default_rng(seed)
    positive = stream.random(COUNT) < 0.5
    pictures = stream.integers(40, 160, (COUNT, SIZE, SIZE)).astype(float)
    inside = lungs.box(SIZE)
    pictures[np.ix_(positive)] += 30 * inside * stream.random((positive.sum(), 1, 1))
    size = stream.integers(300, 600, (COUNT, 2))
    if plant == "frame":
        pictures[positive, :, :7] = 0
    elif plant == "ring":
        pictures[positive, -10:] += 40
    elif plant == "grey":
        pictures[positive] = pictures[positive] * 1.2
    elif plant == "background":
        pictures[positive, :8, 24:40] += 60
    elif plant == "file":
        size[positive] += 200
    rows = pd.DataFrame({
        "image": [f"{number:03d}.png" for number in range(COUNT)], "label": np.where(positive, COVID, NORMAL),
        "group": [f"p{number // 2}" for number in range(COUNT)], "fold": (np.arange(COUNT) // 2 % 3).astype(str),
        "width": size[:, 0].astype(str), "height": size[:, 1].astype(str), "bytes": "40000", "mode": "L"})
    return rows, np.clip(pictures, 0, 255).astype(np.uint8), np.broadcast_to(inside, (COUNT, SIZE, SIZE))


def fired(seed: int, plant: str) -> set[str]:
    found = audit.measure_baselines(*study(seed, plant), [0, 1, 2])
    values = {f"{name}_auroc{end}": number for name, one in found.items()
              for end, number in zip(("", "_ci_low", "_ci_high"), one)}
    return {rule.name for rule in verdict.RULES if rule.state(values) == verdict.FIRED and rule.decisive}


@pytest.mark.parametrize("plant", ["file", "frame", "grey", "ring", "background"])
def test_a_planted_shortcut_fires_the_line_that_is_there_for_it(plant):
    assert plant in fired(0, plant)


@pytest.mark.parametrize("seed", range(3))
def test_where_only_the_lungs_differ_no_line_fires(seed):
    assert fired(seed, "") == set()


@given(st.integers(0, 100))
@settings(max_examples=5, deadline=None)
def test_a_baseline_never_learns_from_the_fold_that_it_judges(seed):
    """Other labels in fold 1 change no score of fold 1, whose regression saw only folds 0 and 2."""
    rows, pictures, _ = study(seed)
    features, fold = baselines.grey(pictures, pictures, rows), rows["fold"].astype(int).to_numpy()
    positive = rows["label"].eq(COVID).to_numpy()
    other = np.where(fold == 1, ~positive, positive)
    first, second = (baselines.scores(features, labels, fold, [0, 1, 2]) for labels in (positive, other))
    assert np.array_equal(first[fold == 1], second[fold == 1])
    assert np.isnan(baselines.scores(features, positive, fold, [0])[fold != 0]).all()


def asked(probability_of: dict[str, np.ndarray], images: list[str], role: str = "study") -> pd.DataFrame:
    tables = [pd.DataFrame({"image": images, "role": role, "variant": variant, "fold": 0, "seed": 0, "probability": values,
                            "logit": np.log(values / (1 - values))}) for variant, values in probability_of.items()]
    return pd.concat(tables, ignore_index=True)


def predictions(images: list[str], label: list[str], threshold: float = 0.5) -> pd.DataFrame:
    return pd.DataFrame({"image": images, "label": label, "group": images, "fold": 0, "seed": 0, "threshold": threshold,
                         "temperature": 2.0, "probability": 0.5, "predicted": NORMAL})


def test_changes_count_what_flips_at_the_models_own_threshold():
    images = ["a", "b", "c", "d"]
    full, bent = np.array([0.1, 0.4, 0.6, 0.9]), np.array([0.1, 0.6, 0.6, 0.5])
    table = asked({"full": full} | {name: bent for name in reliance.BENT}, images)
    values = reliance.changes(table, predictions(images, [NORMAL] * 4, threshold=0.55))
    assert values["marker_flip_rate"] == 0.5 and values["marker_mean_change"] == pytest.approx(-0.05)
    assert values["marker_mean_size_of_change"] == pytest.approx(0.15)


def test_the_spread_over_seeds_is_that_of_their_aurocs_and_of_one_seed_there_is_none():
    images, label = ["a", "b", "c", "d"], [COVID, NORMAL] * 2
    scored = {seed: asked(dict.fromkeys(variants.ALL, np.array(values)), images).assign(seed=seed)
              for seed, values in {0: [0.9, 0.1, 0.8, 0.2], 1: [0.9, 0.1, 0.2, 0.8]}.items()}  # AUROC 1 and 3/4
    found = reliance.spread(pd.concat(scored.values()), predictions(images, label))
    assert found == dict.fromkeys(variants.ALL, pytest.approx(0.25 / np.sqrt(2)))
    assert reliance.spread(scored[0], predictions(images, label)) == {}


def test_controls_are_called_by_the_mean_of_all_models_and_of_none_there_is_no_share():
    table, group = asked({"full": np.array([0.9, 0.2])}, ["x", "y"], "control"), pd.Series({"x": "p", "y": "q"})
    values = reliance.controls(table, predictions(["a"], [COVID]), group)
    assert (values["controls"], values["controls_called_covid"]) == (2, 1)
    assert reliance.controls(table[:0], predictions(["a"], [COVID]), group) == {"controls": 0, "controls_called_covid": 0}


def test_the_interval_of_the_controls_counts_patients():
    images = [f"{number:02d}" for number in range(40)]
    table = asked({"full": np.where(np.arange(40) % 4 < 2, 0.9, 0.2)}, images, "control")
    own, shared = (pd.Series({image: number // size for number, image in enumerate(images)}) for size in (1, 2))
    width = [found["controls_called_covid_share_ci_high"] - found["controls_called_covid_share_ci_low"]
             for found in (reliance.controls(table, predictions(["a"], [COVID]), group) for group in (own, shared))]
    assert width[1] > 1.2 * width[0]  # the pictures of a patient were all called alike


def test_attention_on_the_lungs_is_all_of_it_and_maps_of_nothing_are_left_out():
    mask = np.zeros((2, 64, 64), bool)
    mask[:, :32] = True
    heat = np.zeros((2, 16, 16), np.uint8)
    heat[0, :8] = 200
    values = reliance.attention([heat], [mask])
    assert values == {"cam_energy_in_lungs": 1.0, "cam_area_share": 0.5, "cam_pictures": 1.0}


def test_external_pictures_are_judged_with_the_frozen_threshold_and_intervals():
    images, label = [f"{n:02d}" for n in range(40)], [COVID, NORMAL] * 20
    manifest = pd.DataFrame({"image": images, "label": label, "group": images, "role": "external"})
    given = np.where(np.array(label) == COVID, 0.7, 0.3)
    predicted = elsewhere.predict(asked({"full": given}, images, "external"), manifest, predictions(["a"], [COVID], 0.65))
    goal = load().evaluate.model_copy(update={"resamples": 200})
    values = elsewhere.numbers(predicted, goal)
    assert (values["tp"], values["tn"], values["auroc"]) == (20, 20, 1) and 0.5 < values["auroc_ci_low"] < 1
    assert values["threshold"] == 0.65 and all(np.isfinite(one) for one in values.values())
    cold = scores.probability(np.log(np.array([0.7 / 0.3, 0.3 / 0.7])) / 2)
    assert np.allclose(sorted(predicted["calibrated"].unique()), sorted(cold))
    assert elsewhere.numbers(predicted[:0], goal) == {"pictures": 0, "patients": 0, "n_covid": 0, "n_normal": 0}
    only_sick = elsewhere.numbers(predicted[predicted["label"] == COVID], goal)
    assert only_sick["sensitivity"] == 1 and 0.5 < only_sick["sensitivity_ci_low"] < 1 and "auroc" not in only_sick


def test_the_figure_has_the_same_bytes_again(tmp_path):
    one = reliance.Measured(0.8, 0.7, 0.9)
    for name in ("a.png", "b.png"):
        audit_figure.draw(tmp_path / name, {"grey": one, "thumbnail": one}, {"full": one, "occluded": one}, "Audit")
    assert files.sha256(tmp_path / "a.png") == files.sha256(tmp_path / "b.png")


def test_probabilities_are_rounded_as_published():
    assert scores.probability(np.array([0.0]))[0] == 0.5
