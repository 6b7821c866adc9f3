"""Patience with servers: which failures deserve another try, how long to wait, what to tell the person."""

import os
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import requests

from xrays.console import BadInput

TRIES = 5
PATIENCE = float(os.environ.get("XRAYS_PATIENCE", 1))  # a factor of every wait of ours, for slow links and for tests
PAUSE = 2.0 * PATIENCE  # seconds before the second try, doubled for each further one: 30 in all
LONGEST_WAIT = 600.0  # seconds; who is asked to wait longer had better come back later
FINAL = {401: "not authorised", 403: "forbidden", 404: "not found", 410: "gone"}
Result = TypeVar("Result")


class Temporary(Exception):
    """A failure that may be gone at the next try; after is the wait in seconds that the server asks for."""

    def __init__(self, text: str, after: float = 0.0) -> None:
        super().__init__(text, after)  # both, so that it survives the way out of a child process
        self.text, self.after = text, after


def patiently(attempt: Callable[[], Result], pause: float, remedy: str) -> Result:
    """Call attempt until it succeeds, up to five times; waits grow, differ by chance and obey Retry-After."""
    for number in range(1, TRIES + 1):
        try:
            return attempt()
        except Temporary as failure:
            wait = max(failure.after, pause * 2 ** (number - 1) * random.uniform(0.5, 1.0))
            if failure.after > LONGEST_WAIT:
                raise BadInput(f"{failure.text} and asks to wait {failure.after / 60:.0f} minutes: "
                               "run the same command again after that") from None
            if number == TRIES:
                raise BadInput(f"{failure.text}; gave up after {TRIES} tries: {remedy}") from None
            print(f"{failure.text}: try {number + 1} of {TRIES} in {wait:.0f} s", flush=True)
            time.sleep(wait)
    raise AssertionError("the last try returns or raises")


def explained(error: requests.RequestException, server: str, final: str) -> BadInput | Temporary:
    """What to raise for a failed request; final is the remedy where another try is of no use."""
    response = error.response
    if response is None:
        return Temporary(f"{server} cannot be reached, or the connection was cut ({type(error).__name__})")
    if response.status_code in FINAL:
        return BadInput(f"{server} answered {response.status_code} ({FINAL[response.status_code]}): {final}")
    answer = f"{server} answered {response.status_code} {response.reason or ''}"
    return Temporary(answer.rstrip(), retry_after(response))


def retry_after(response: requests.Response) -> float:
    """Seconds that a Retry-After header asks for, given as a number or as a date; 0 without a readable one."""
    text = response.headers.get("Retry-After", "")
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return 0.0
