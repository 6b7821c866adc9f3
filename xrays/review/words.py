"""How a review speaks of names and numbers, in Markdown and on the page alike."""

NAMES = 20  # of pictures in a comment; the page has all


def number(value: float, signed: bool = False) -> str:
    return f"{value:+.4f}" if signed else f"{value:.4f}"


def published(old: float, new: float) -> tuple[str, str, str]:
    """Old, new and their difference; counts, which are whole on both sides, without decimals."""
    digits = 0 if float(old).is_integer() and float(new).is_integer() else 4
    return f"{old:.{digits}f}", f"{new:.{digits}f}", f"{new - old:+.{digits}f}"


def interval(low: float | None, high: float | None) -> str:
    return "unknown" if low is None or high is None else f"{low:+.4f} to {high:+.4f}"


def probability(p: float | None) -> str:
    if p is None:
        return "–"
    return "<0.0001" if p < 0.0001 else f"{p:.4f}" if p < 0.1 else f"{p:.2f}"


def p_value(p: float) -> str:
    """As in a sentence: p = 0.15, p < 0.0001."""
    said = probability(p)
    return f"p < {said[1:]}" if said.startswith("<") else f"p = {said}"


def count(value: float) -> str:
    """A count, with a decimal where it is a mean over seeds."""
    return f"{value:.0f}" if abs(value - round(value)) < 1e-9 else f"{value:.1f}"


def value(given: object) -> str:
    return "none" if given is None else str(given).lower() if isinstance(given, bool) else str(given)


def code(text: object) -> str:
    """As code in Markdown: whatever a contributor put into a name, it makes no mention, link, cell or tag."""
    plain = str(text).replace("`", "'").replace("|", "¦").replace("\n", " ").replace("\r", " ")
    return f"`{plain}`"


def few(names: list[str], most: int = NAMES) -> str:
    return ", ".join(code(name) for name in names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
