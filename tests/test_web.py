"""How long a server that asks for patience is waited for."""

import pickle
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests

from xrays import web


def asked(retry_after: str) -> float:
    response = requests.Response()
    response.headers["Retry-After"] = retry_after
    return web.retry_after(response)


def test_retry_after_is_seconds_or_a_date():
    assert asked("120") == 120
    assert asked(format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)) == pytest.approx(90, abs=2)


@pytest.mark.parametrize("unreadable", ["", "soon", "-5", "1e3", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_retry_after_that_is_past_or_unreadable_asks_for_nothing(unreadable):
    assert asked(unreadable) == 0


def test_pauses_double_and_differ_by_chance(monkeypatch):
    waits = []
    monkeypatch.setattr(web.time, "sleep", waits.append)

    def fail() -> None:
        raise web.Temporary("no")

    for _ in range(2):
        with pytest.raises(web.BadInput, match="^no; gave up after 5 tries: do this$"):
            web.patiently(fail, 2, "do this")
    assert all(low <= wait <= 2 * low for wait, low in zip(waits, [1, 2, 4, 8] * 2, strict=True))
    assert waits[:4] != waits[4:]


def test_a_failure_comes_whole_out_of_a_child_process():
    failure = pickle.loads(pickle.dumps(web.Temporary("no", 7)))
    assert (failure.text, failure.after) == ("no", 7)
