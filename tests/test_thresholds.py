"""Thresholds: the best one on the pictures they are chosen on, by the goal that was stated."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from xrays import scores, thresholds

ROWS = st.lists(st.tuples(st.floats(-20, 20), st.booleans()), min_size=2, max_size=40).filter(
    lambda rows: len({positive for _, positive in rows}) == 2)


def arrays(rows):
    return scores.probability([row[0] for row in rows]), np.array([row[1] for row in rows])


def test_the_threshold_lies_between_the_classes_when_they_part():
    probability = np.array([0.1, 0.3, 0.7, 0.9])
    positive = np.array([False, False, True, True])
    assert thresholds.inner(probability, positive) == thresholds.target(probability, positive, 0.9) == 0.5
    assert thresholds.of("half", probability, positive, 0.9) == 0.5


def test_a_higher_goal_costs_specificity():
    probability = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
    positive = np.array([0, 1, 0, 1, 0, 1, 1, 1], bool)  # COVID-19 at 0.8, 0.7, 0.6, 0.4 and 0.2
    assert [thresholds.of("target", probability, positive, goal) for goal in (0.5, 0.8, 0.9)] == [0.55, 0.35, 0.15]


@given(ROWS)
@settings(deadline=None)
def test_no_other_threshold_has_a_larger_balanced_accuracy(rows):
    probability, positive = arrays(rows)

    def balanced(cut):
        called = probability >= cut
        return called[positive].mean() + 1 - called[~positive].mean()

    chosen = thresholds.inner(probability, positive)
    assert all(balanced(chosen) >= balanced(cut) - 1e-9 for cut in [*probability, 0.0, 1.1])


@given(ROWS, st.floats(0.5, 0.99))
@settings(deadline=None)
def test_the_target_is_reached_and_no_other_threshold_that_reaches_it_is_more_specific(rows, goal):
    probability, positive = arrays(rows)
    chosen = thresholds.target(probability, positive, goal)
    assert (probability >= chosen)[positive].mean() >= goal - 1e-9
    for cut in [*probability, 0.0, 1.1]:
        called = probability >= cut
        if called[positive].mean() >= goal:
            assert called[~positive].mean() >= (probability >= chosen)[~positive].mean() - 1e-9
