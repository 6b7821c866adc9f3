"""How the project speaks: plain lines in a log, one line and a non-zero exit for what went wrong."""

import errno

import pytest

from xrays import console


def test_a_log_gets_a_line_every_tenth_of_the_way(capsys):
    assert list(console.progress(range(25), 25, "reading")) == list(range(25))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "reading: 3 of 25" and lines[-1] == "reading: 25 of 25" and len(lines) == 9


@pytest.mark.parametrize(("error", "said"), [
    (console.BadInput("x is wrong"), "error: x is wrong"),
    (OSError(errno.ENOSPC, "No space left on device", "models/a"), "error: models/a: No space left on device: free some"),
    (FileNotFoundError(errno.ENOENT, "No such file or directory", "data/raw"), "error: data/raw: .* run `make repro`"),
    (console.BrokenProcessPool(), "error: a worker process was killed"),
])
def test_what_went_wrong_is_one_line(error, said):
    def fail():
        raise error
    with pytest.raises(SystemExit, match=said) as left:
        console.run(fail)
    assert "\n" not in str(left.value.code)


def test_an_error_of_the_code_itself_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        console.run(lambda: 1 / 0)


def test_ctrl_c_is_no_success(capsys):
    def interrupt():
        raise KeyboardInterrupt
    with pytest.raises(SystemExit) as left:
        console.run(interrupt)
    assert left.value.code == 130 and "run the same command again" in capsys.readouterr().err
