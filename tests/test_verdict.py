"""The verdict: no where a rule fired, undecided where few pictures could not tell, yes only where both are excluded."""

import pytest

from xrays import verdict


def quietly() -> dict[str, float]:
    """Numbers at which every rule is quiet, with the upper ends of their intervals."""
    values = {rule.key: rule.limit - 0.01 if rule.above else rule.limit + 0.01 for rule in verdict.RULES}
    return values | {rule.high: rule.limit - 0.001 for rule in verdict.RULES
                     if rule.above and (rule.key.endswith("_ci_low") or rule.name == "elsewhere")}


def test_the_verdict_names_what_fired_and_where_it_lies():
    quiet = verdict.judged(quietly(), [])
    decisive = sum(rule.decisive for rule in verdict.RULES)
    assert quiet["verdict"] == f"trustworthy: yes, for none of {decisive} decisive rules fired"
    loud = verdict.judged(quietly() | {"frame_auroc_ci_low": 0.9}, ["SYNTHETIC pictures, no patients"])
    assert loud["trustworthy"] == "no" and loud["rule_frame"] == "fired"
    assert "because black borders alone tell the classes apart (frame_auroc_ci_low 0.900, limit 0.6) [SYNTHETIC" in loud["verdict"]
    assert verdict.judged({}, [])["rule_frame"] == "not measured"


@pytest.mark.parametrize("rule", [rule for rule in verdict.RULES if rule.decisive], ids=lambda rule: rule.name)
def test_each_decisive_rule_alone_makes_it_no_and_left_unmeasured_makes_it_undecided(rule):
    beyond = rule.limit + (0.01 if rule.above else -0.02)
    found = verdict.judged(quietly() | {rule.key: beyond}, [])
    assert found["trustworthy"] == "no" and rule.meaning in found["verdict"]
    assert [name for name, state in found.items() if state == "fired"] == [f"rule_{rule.name}"]
    missing = {key: value for key, value in quietly().items() if key != rule.key}
    found = verdict.judged(missing, [])
    assert found["trustworthy"] == ("yes" if rule.optional else "undecided") and f"not measured: {rule.name}" in found["verdict"]


@pytest.mark.parametrize("rule", [rule for rule in verdict.RULES if rule.decisive and rule.high in quietly()],
                         ids=lambda rule: rule.name)
def test_an_interval_that_reaches_beyond_the_limit_earns_no_trust(rule):
    """Few pictures: the lower end is fine because it is low, and says nothing."""
    found = verdict.judged(quietly() | {rule.key: 0.1, rule.high: rule.limit + 0.05}, [])
    assert found["trustworthy"] == "undecided" and found[f"rule_{rule.name}"] == "open"
    assert f"too few pictures to exclude that {rule.meaning} ({rule.high} {rule.limit + 0.05:.3f}" in found["verdict"]


def test_patients_on_both_sides_make_it_no_whatever_else_is_fine():
    found = verdict.judged(quietly() | {"leaky": 1.0}, ["article split: LEAKY"])
    assert found["trustworthy"] == "no" and "patients stand in training and in judging" in found["verdict"]


def test_a_rule_that_does_not_decide_changes_no_verdict():
    loud = {"controls_called_covid_share_ci_low": 0.99, "lungs_auroc": 0.1, "flipped_flip_rate": 0.9}
    assert verdict.judged(quietly() | loud, [])["trustworthy"] == "yes"


def test_a_verdict_on_nothing_is_no_yes():
    assert verdict.judged({}, [])["verdict"].startswith("trustworthy: undecided, for not measured: leak, skill, file, ")
