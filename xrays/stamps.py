"""What must be said wherever a number or a picture is shown."""

from xrays.params import Params

SYNTHETIC = "SYNTHETIC pictures, no patients"
LEAKY = "article split: LEAKY, patients stand in both parts"
UNKNOWN = "patients unknown: LEAKY, too good to be true"


def of(settings: Params) -> list[str]:
    """Warnings that the settings themselves call for, most important first; usually none or one."""
    said = {
        SYNTHETIC: settings.data.source == "phantom",
        LEAKY: settings.split.method == "article",
        UNKNOWN: settings.data.patients == "none",
    }
    return [text for text, holds in said.items() if holds]
