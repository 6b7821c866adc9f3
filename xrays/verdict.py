"""Whether a headline can be believed: rules with their limits, and a sentence that names those that fired.

A rule on an AUROC or a ratio fires when the lower end of its interval is above the limit, so few pictures raise no false
alarm; while the upper end is still above it, the rule is open, so few pictures earn no trust either. Skill is the other way
round: it has to be shown. docs/audit.md says what the limits were tried on.
"""

from dataclasses import dataclass

TRUSTWORTHY, UNDECIDED, NOT = "yes", "undecided", "no"
FIRED, OPEN, QUIET, UNMEASURED = "fired", "open", "quiet", "not measured"


@dataclass(frozen=True)
class Rule:
    """Fires where the number called `key` of audit.json is above (or below) its limit; only decisive ones decide.

    optional: a study may lack what it measures, and still be trusted.
    """

    name: str
    key: str
    limit: float
    meaning: str
    above: bool = True
    decisive: bool = True
    optional: bool = False

    def state(self, values: dict[str, float]) -> str:
        if self.key not in values:
            return UNMEASURED
        if values[self.key] > self.limit if self.above else values[self.key] < self.limit:
            return FIRED
        return OPEN if self.above and values.get(self.high, self.limit) > self.limit else QUIET

    @property
    def high(self) -> str:
        """The other end of the interval that `key` is the lower end of."""
        return f"{self.key.removesuffix('_ci_low')}_ci_high"

    def said(self, values: dict[str, float], key: str = "") -> str:
        key = key or self.key
        return f"{self.meaning} ({key} {values[key]:.3f}, limit {self.limit:g})"


RULES = (
    Rule("leak", "leaky", 0.5, "patients stand in training and in judging, or nobody knows whether they do"),
    Rule("skill", "network_auroc_ci_low", 0.50, "the network does not tell the classes apart for certain", above=False),
    Rule("file", "file_auroc_ci_low", 0.60, "the size and format of the file alone tell the classes apart"),
    Rule("frame", "frame_auroc_ci_low", 0.60, "black borders alone tell the classes apart"),
    Rule("grey", "grey_without_lungs_auroc_ci_low", 0.60,
         "mean and spread of the grey outside the lungs tell the classes apart"),
    Rule("ring", "ring_auroc_ci_low", 0.80, "the rim of a 16x16 thumbnail alone tells the classes apart"),
    Rule("background", "thumbnail_without_lungs_auroc_ci_low", 0.60,
         "a 16x16 thumbnail with the lungs cut out tells the classes apart"),
    Rule("occluded", "occluded_auroc_ci_low", 0.65, "the network tells the classes apart with the lungs cut out"),
    Rule("border", "border_auroc_ci_low", 0.65, "the network tells the classes apart from the frame alone"),
    Rule("ratio", "shortcut_ratio_ci_low", 0.30, "much of the network's skill is left without lungs"),
    Rule("marker", "marker_size_of_mean_change", 0.06,
         "a letter put on the pictures moves the network's answers one way"),
    Rule("bars", "bars_size_of_mean_change", 0.30, "black bars put on the pictures move the network's answers one way"),
    Rule("elsewhere", "auroc_lost_elsewhere", 0.15, "on another hospital's pictures the AUROC collapses",
         optional=True),
    Rule("permutation", "permutation_auroc_mean_ci_low", 0.55,
         "a head fitted on shuffled labels still tells the classes apart: a leak"),
    Rule("beaten", "network_over_best_baseline", 0.0, "a logistic regression does better than the network", above=False,
         decisive=False),
    Rule("lungs", "lungs_auroc", 0.60, "the lungs alone do not suffice for the network", above=False, decisive=False),
    Rule("attention", "cam_energy_over_area", 0.8, "the network looks at the lungs less than at the rest", above=False,
         decisive=False),
    Rule("controls", "controls_called_covid_share_ci_low", 0.5, "most of the same-source controls, other diseases of "
         "COVID-19's own source, are called COVID-19", decisive=False),
    Rule("flipped", "flipped_flip_rate", 0.2, "mirrored pictures are called otherwise", decisive=False),
    Rule("cropped", "cropped_flip_rate", 0.2, "slightly cropped pictures are called otherwise", decisive=False),
    Rule("jpeg", "jpeg_flip_rate", 0.2, "pictures saved once more are called otherwise", decisive=False),
)


def judged(values: dict[str, float], said: list[str]) -> dict[str, str]:
    """trustworthy, verdict and rule_NAME for audit.json; said: stamps that must stand beside any verdict."""
    states = {rule.name: rule.state(values) for rule in RULES}
    fired, still_open, silent = ([rule for rule in RULES if rule.decisive and states[rule.name] == state]
                                 for state in (FIRED, OPEN, UNMEASURED))
    unsaid = f"not measured: {', '.join(rule.name for rule in silent)}" if silent else ""
    if fired:
        word, why = NOT, "because " + "; ".join(rule.said(values) for rule in fired)
    elif still_open or any(not rule.optional for rule in silent):
        excluded = "; ".join(rule.said(values, rule.high) for rule in still_open)
        few = f"too few pictures to exclude that {excluded}" if excluded else ""
        word, why = UNDECIDED, "for " + "; ".join(filter(None, [few, unsaid]))
    else:
        count = sum(rule.decisive for rule in RULES) - len(silent)
        word, why = TRUSTWORTHY, f"for none of {count} decisive rules fired{f' ({unsaid})' if unsaid else ''}"
    stamps = "".join(f" [{text}]" for text in said)
    return {"trustworthy": word, "verdict": f"trustworthy: {word}, {why}{stamps}",
            **{f"rule_{name}": state for name, state in states.items()}}


def rows(values: dict[str, float]) -> list[dict[str, float | str]]:
    """audit.csv: check, number, value, limit, side, decides, state, meaning."""
    return [{"check": rule.name, "number": rule.key, "value": values.get(rule.key, float("nan")), "limit": rule.limit,
             "fires": "above" if rule.above else "below", "decides": "yes" if rule.decisive else "no",
             "state": rule.state(values), "meaning": rule.meaning} for rule in RULES]
