"""The sentences of the page and the card: made of numbers and params, so that none outlives what it was true of."""

from xrays.params import Params
from xrays.report.facts import CALIBRATION, limits

NEAR = 0.97  # an AUROC from which on a few patients decide the losses
STRIDE = 32  # pixels of the picture to one cell of a ResNet's last block, whence Grad-CAM's maps come
GOALS = {"half": "is 0.5 for each model, chosen on no picture",
         "inner": "is where balanced accuracy is largest on each model's inner pictures",
         "target": "gives the highest specificity that reaches sensitivity {goal:g} on each model's inner pictures"}


def headline(facts: dict) -> str:
    """The honest sentence: what the network reaches, and what the same folds give to 256 grey values."""
    values, audit = facts["metrics"], facts["audit"]
    called = f"{audit['controls_called_covid']:.0f} of {audit['controls']:.0f} same-source controls are called COVID-19"
    controls = f"; {called}" if audit["controls"] else "; there are no same-source controls in this data set"
    return (f"Sensitivity {values['tp']:g}/{values['tp'] + values['fn']:g} ({limits(values, 'sensitivity')}), "
            f"specificity {values['tn']:g}/{values['tn'] + values['fp']:g} ({limits(values, 'specificity')}), "
            f"AUROC {values['auroc']:.4f} ({limits(values, 'auroc')}); in the same folds a 16x16 thumbnail scores "
            f"{audit['thumbnail_auroc']:.4f}, without lungs {audit['thumbnail_without_lungs_auroc']:.4f}{controls}.")


def calibrated(facts: dict) -> str:
    """Whether the temperature made the probabilities better, by log-loss and calibration error as they are shown."""
    values, said = facts["metrics"], []
    for key in ("log_loss", "ece"):
        plain, tempered = f"{values[key]:.3f}", f"{values[f'calibrated_{key}']:.3f}"
        change = "no better" if tempered == plain else "better" if float(tempered) < float(plain) else "worse"
        said.append(f"{change} by {CALIBRATION[key][0]} ({tempered} against {plain})")
    return f"On these pictures the calibrated probability, against the uncalibrated one, is {' and '.join(said)}."


def threshold(settings: Params) -> str:
    """How evaluate.threshold sets the threshold; and the temperature, which always comes from inner pictures."""
    goal = settings.evaluate
    how = GOALS[goal.threshold].format(goal=goal.target_sensitivity)
    return (f"The threshold (evaluate.threshold: {goal.threshold}) {how}; it is one of the uncalibrated probability. "
            "The temperature comes from inner pictures, which were neither trained on nor judged.")


def goal(facts: dict, settings: Params) -> str:
    """Whether the stated sensitivity, reached on inner pictures by the choice of a threshold, was reached on others."""
    name, wanted, values = "sensitivity_at_target", settings.evaluate.target_sensitivity, facts["metrics"]
    far = ("below it" if values[f"{name}_ci_high"] < wanted else "above it" if values[f"{name}_ci_low"] > wanted
           else "as far as can be told, the goal")
    return (f"The stated goal is a sensitivity of {wanted:g} (evaluate.target_sensitivity): at thresholds that reach it on "
            f"each model's inner pictures it is {values[name]:.3f} ({limits(values, name)}) on these, {far}.")


def narrow(facts: dict) -> str:
    """A warning where intervals of losses are known to be too narrow (docs/statistics.md), else ""."""
    near = (" So near to an AUROC of 1 the intervals of Brier score and log-loss are too narrow: in simulations at 0.99 and "
            "0.999 they held the truth 86 to 93 % of the time.")
    return near * (facts["metrics"]["auroc"] > NEAR)


def abroad(facts: dict) -> str:
    """Which external pictures were judged, and by what; or why none was; "" where none was taken in."""
    values, dropped = facts["external"], facts["data"]["external_dropped"]
    if not values["pictures"]:
        return f"None is judged: all {dropped:.0f} were dropped; the data flow says why." if dropped else ""
    counted = (f"{values['pictures']:.0f} pictures ({values['n_covid']:.0f} COVID-19, {values['n_normal']:.0f} Normal) "
               f"of {values['patients']:.0f} patients that no model was trained on: mean uncalibrated probability of "
               "all models, against the mean of their thresholds, both frozen before.")
    lost = " One class is missing: only the share of the other that is called right can be said."
    return counted + lost * (min(values["n_covid"], values["n_normal"]) == 0)


def parted(settings: Params) -> str:
    """What training and evaluation share: the source always, patients where they are not kept apart."""
    if settings.split.method == "article":
        return "Same source, and the same patients: pictures are shuffled, whoever they are of"
    if settings.data.patients == "none":
        return "Same source; patients are not known, so pictures of one may stand on both sides"
    return "Same source, other patients"


def added(facts: dict) -> float:
    """Pictures of added cases that are studied."""
    return facts["data"]["covid_source_added"] + facts["data"]["normal_source_added"]


def title(facts: dict, settings: Params) -> str:
    """TRIPOD+AI's first item."""
    judged = ", internal and external evaluation" if facts["external"]["pictures"] else " and internal evaluation"
    cases = ", with added cases" if added(facts) else ""
    return (f"Development{judged} of a {settings.train.arch} that tells COVID-19 from Normal on frontal chest "
            f"radiographs{cases}")


def sources(facts: dict) -> str:
    """Where the pictures come from: the study's, added cases, external ones."""
    data, values = facts["data"], facts["external"]
    public = ("CoronaHack (Kaggle): Kermany et al. (Guangzhou, children) and ieee8023/covid-chestxray-dataset "
              "(published figures)")
    said = ["A phantom: pictures drawn by a program from a seed" if data["synthetic"] else public]
    if added(facts):
        said.append(f"{added(facts):.0f} added cases, taken in lot by lot (data.cases)")
    if values["pictures"]:
        said.append(f"external evaluation: {values['pictures']:.0f} pictures that are no part of the study")
    return "; ".join(said)


def cells(settings: Params) -> str:
    """How coarse Grad-CAM is at train.size, without a full stop."""
    side = -(-settings.train.size // STRIDE)
    return (f"At {settings.train.size} pixels a map has {side} x {side} cells, drawn smooth, so the share in the lungs "
            "is coarse")
