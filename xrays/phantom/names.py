"""File names as in CoronaHack: from them alone one can (and should) tell the patients apart."""

from hashlib import sha256

FIRST_NORMAL, FIRST_PERSON = 115, 1
JOURNALS = (
    "1-s2.0-S{long}_gr{figure}_lrg-{letter}",
    "kjr-21-e{number}-g00{figure}-l-{letter}",
    "jkms-35-e{number}-g00{figure}-l-{letter}",
)
UUID_SHARE = 0.6
JPG_PREFIXES = ("1-s2.0", "kjr", "jkms", "acute", "strep")  # all others end in .jpeg


def digits(key: str) -> int:
    return int.from_bytes(sha256(key.encode()).digest()[:8], "big")


def normal_number(index: int) -> int:
    """Numbers have gaps, and the number after each is free for a duplicate.

    Even patients are `IM-`, odd ones `NORMAL2-IM-`: both series use the same numbers for different
    people, as in the real archive.
    """
    return FIRST_NORMAL + 3 * (index // 2) + digits(f"gap-{index}") % 2


def normal_name(index: int, visit: int, visits: int, offset: int = 0) -> str:
    """`IM-0115-0001`, or `IM-0115-0001-0002` where a patient has several pictures; no extension."""
    prefix = "NORMAL2-" if index % 2 else ""
    number = f"-{visit + 1:04d}" if visits > 1 else ""
    return f"{prefix}IM-{normal_number(index) + offset:04d}-0001{number}"


def pneumonia_name(kind: str, index: int, visit: int) -> str:
    """`person12_bacteria_47`; viral and bacterial patients are numbered independently."""
    number = FIRST_PERSON + 2 * index + digits(f"{kind}-{index}") % 2
    return f"person{number}_{kind}_{4 * number + visit}"


def uuid_name(key: str) -> str:
    letters = sha256(key.encode()).hexdigest().upper()
    return "-".join((letters[:8], letters[8:12], "4" + letters[13:16], "A" + letters[17:20], letters[20:32]))


def published_name(seed: int, finding: str, index: int, visit: int, day: int) -> str:
    """The name of a picture from ieee8023: of an Italian series (UUID), a journal, or Radiopaedia."""
    key = f"{seed}-{finding}-{index}"
    if finding == "SARS":
        figure, letter = index + 7, "abcd"[visit]
        return f"SARS-10.1148rg.242035193-g04mr34g{figure:02d}{letter}-Fig{figure}{letter}-day{day}"
    if finding == "ARDS":
        return "acute-respiratory-distress-syndrome-ards" + (f"-{index}" if index else "")
    if finding == "Streptococcus":
        return f"streptococcus-pneumoniae-pneumonia-temporal-evolution-{index + 1}-day{visit}"
    if finding == "No Finding" or digits(key) % 100 < 100 * UUID_SHARE:
        return uuid_name(f"{key}-{visit}")
    return JOURNALS[digits(key + "journal") % len(JOURNALS)].format(
        long=f"{digits(key) % 10**16:016d}", number=24 + index, figure=1 + digits(key) % 4, letter="abcdefg"[visit]
    )


def orphan_name(index: int) -> str:
    """A CT slice without a row, in the style of the 23 that the real folder holds."""
    return f"kjr-21-e{24 + index}-g00{index % 4 + 1}-l-z"
