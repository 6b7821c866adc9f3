"""Line 52: a secret in params.yaml is refused, shown to nobody, and copied nowhere."""

import re

import pytest

from tests.faults.archives import take_back
from tests.faults.bench import FAILED, Bench, one_line
from tests.faults.knobs import REPRO, STAGE, valued, write

# Put together here, so that no scanner takes them for real, and this file in the bench holds none of them.
TOKENS = {
    "GitHub": "gh" + "p_" + "aB3" * 12, "GitHub's app": "gh" + "s_" + "aB3" * 12,
    "GitHub, fine": "github" + "_pat_" + "1A" * 41,
    "AWS": "AK" + "IA" + "Z7Q4" * 4, "AWS, a session": "AS" + "IA" + "Z7Q4" * 4, "Google": "AI" + "za" + "Sy-_x" * 7,
    "Kaggle": "KG" + "AT_" + "0f1e" * 8, "Slack": "xo" + "xb-" + "123456789012-abc",
    "key": "-----BEGIN OPENSSH PRIV" + "ATE KEY-----",
}


def refused_unseen(bench: Bench, change, secret: str, says: str) -> None:
    """Both ways to run refuse it; neither their output nor any file but params.yaml holds it."""
    lock = bench.read("dvc.lock")
    write(bench, change)
    for command, code in ((REPRO, 1), (STAGE, FAILED)):
        output = bench.run(*command, code=code)
        assert re.search(says, one_line(output)) and secret not in output
        assert bench.read("dvc.lock") == lock
        bench.nothing_partial("filter")
    holding = [path.relative_to(bench.folder).as_posix() for path in bench.folder.rglob("*")
               if path.is_file() and secret.encode() in path.read_bytes()]
    assert holding == ["params.yaml"]
    take_back(bench)
    bench.recovers("download", "filter")
    assert secret not in bench.read("dvc.lock")


ADVICE = ("looks like a secret .a token or a private key., and Git keeps this file for ever: delete it here, revoke it "
          "where it was issued, and give the new one to the environment or to .dvc/config.local")


@pytest.mark.line(52, "input")
@pytest.mark.parametrize("name", TOKENS)
def test_a_token_in_a_comment_is_refused(archive_bench, name):
    line = archive_bench.read("params.yaml").splitlines().index("train:") + 1
    refused_unseen(archive_bench, lambda text: text.replace("train:\n", f"train: # {TOKENS[name]}\n"), TOKENS[name],
                   f"^error: params.yaml:{line}: " + ADVICE)


@pytest.mark.line(52, "input")
@pytest.mark.parametrize("key", [pytest.param("train.weights", marks=pytest.mark.sample), "data.sha256", "data.source"])
def test_a_token_in_a_known_key_is_refused(archive_bench, key):
    token = TOKENS["GitHub"]
    refused_unseen(archive_bench, valued(key, token), token, r"^error: params.yaml:\d+: " + ADVICE)


@pytest.mark.line(52, "input")
@pytest.mark.parametrize("key", ["train.weights", "data.sha256", "data.patients_sha256", "phantom.preset", "train.lr"])
def test_a_password_that_nobody_knows_as_one_is_refused_without_its_end(archive_bench, key):
    password = " ".join(["correct", "horse", "battery", "staple"])
    refused_unseen(archive_bench, valued(key, password), password[4:],
                   rf"^error: params.yaml:\d+: {key}: 'corr'… .28 characters. is not allowed: must be ")


@pytest.mark.line(52, "input")
@pytest.mark.parametrize(("line", "key"), [
    ("  token: SECRET", "train.token"), ("  password: [SECRET]", "train.password"),
    ("  api: {key: SECRET}", "train.api"),
])
def test_a_key_for_a_password_is_refused_by_name_and_without_its_value(archive_bench, line, key):
    secret = "hunter" * 2
    line = line.replace("SECRET", secret)
    refused_unseen(archive_bench, lambda text: text.replace("  flip: ", f"{line}\n  flip: "), secret,
                   rf"^error: params.yaml:\d+: {re.escape(key)}: is no key of this project: delete it, or correct")


@pytest.mark.line(52, "input")
def test_of_a_key_that_stands_twice_no_value_is_shown(archive_bench):
    write(archive_bench, lambda text: text.replace("  flip: ", "  weights: hunter2\n  flip: "))
    archive_bench.fails("filter", r'is not valid YAML \(found duplicate key "weights"\): correct that line$',
                        command=REPRO, code=1)
    assert "hunter2" not in archive_bench.run(*REPRO, code=1)
    take_back(archive_bench)
    archive_bench.recovers("download", "filter")
