"""Heads fitted anew: they learn what can be learned, and from shuffled labels nothing."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from xrays import classifier, refit

PATIENTS = 150


def made(number: int, width: int = 300) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features in which two classes lie apart, labels, and patients of two pictures each."""
    stream = np.random.default_rng(number)
    positive = np.repeat(stream.random(PATIENTS) < 0.4, 2)
    features = stream.normal(size=(2 * PATIENTS, width)) + 0.3 * positive[:, None]
    return features, positive, np.repeat([f"p{n}" for n in range(PATIENTS)], 2)


def test_a_head_separates_separable_features_and_from_shuffled_labels_learns_nothing_on_average():
    features, positive, group = made(0)
    judged, truth, _ = made(1)
    logits = refit.logits(features, judged, positive, group, 20, (0, 0))
    aurocs = [roc_auc_score(truth, one) for one in logits]
    assert len(aurocs) == 21 and aurocs[0] > 0.95
    assert abs(np.mean(aurocs[1:]) - 0.5) < 4 * np.std(aurocs[1:]) / np.sqrt(20) and max(aurocs[1:]) < aurocs[0]


def test_a_leak_is_seen_where_held_out_pictures_carry_the_labels_that_were_shuffled():
    features, positive, group = made(0, width=900)
    stream = np.random.default_rng(refit.seed_of("permuted", 0, 0, 1))
    shuffled = refit.shuffled(positive, group, stream)
    logits = refit.logits(features, features, positive, group, 1, (0, 0))
    assert roc_auc_score(shuffled, logits[1]) > 0.95


def test_each_fold_seed_and_draw_shuffles_otherwise_and_the_same_ones_alike():
    features, positive, group = made(0, width=20)
    first, again, other = (refit.logits(features, features[:5], positive, group, 2, key)
                           for key in ((0, 0), (0, 0), (1, 0)))
    assert np.array_equal(first, again) and np.array_equal(first[0], other[0])
    assert not np.allclose(first[1], first[2]) and not np.allclose(first[1], other[1])


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=40), st.integers(0, 99))
def test_shuffling_exchanges_labels_between_patients_and_gives_each_one_alone(pictures, number):
    group, positive = np.array([f"p{one}" for one, _ in pictures]), np.array([label for _, label in pictures])
    labels = refit.shuffled(positive, group, np.random.default_rng(number))
    by_patient = {one: set(labels[group == one]) for one in group}
    assert all(len(found) == 1 for found in by_patient.values())
    assert sum(True in found for found in by_patient.values()) == len(set(group[positive]))


def test_turning_the_features_changes_no_fit():
    features, positive, group = made(0)
    judged, _, _ = made(1)
    scaler = StandardScaler().fit(features)
    plain = LogisticRegression(C=refit.PENALTY, class_weight="balanced", max_iter=2000, tol=1e-8)
    plain.fit(scaler.transform(features), positive)
    ours = refit.logits(features, judged, positive, group, 0, (0, 0))[0]
    assert np.allclose(ours, plain.decision_function(scaler.transform(judged)), atol=1e-3)


def test_a_channel_that_is_silent_in_training_cannot_shout_afterwards():
    features, positive, group = made(0, width=20)
    features[:, 0] = 0
    features[0, 0] = 1e-6
    judged = features[:4].copy()
    before = refit.logits(features, judged, positive, group, 0, (0, 0))
    judged[:, 0] = 1e6
    assert np.abs(refit.logits(features, judged, positive, group, 0, (0, 0)) - before).max() < 1


def test_features_are_what_the_head_pools_maximum_then_mean():
    torch.manual_seed(0)
    model = classifier.build("resnet18").eval()
    pictures = torch.randint(0, 256, (2, 32, 32), dtype=torch.uint8)
    block = model[0](classifier.normalised(pictures[:, None] / 255, "imagenet")).detach()
    expected = torch.cat([block.amax((2, 3)), block.mean((2, 3))], dim=1).double().numpy()
    found = refit.features(model, pictures, "imagenet")
    assert found.shape == (2, 1024) and np.allclose(found, expected, atol=1e-5)
