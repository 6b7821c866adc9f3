"""What is installed is pinned and hashed; workflow files may do as little as they can; no secret enters params or lock."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

WORKFLOWS = sorted(Path(".github/workflows").glob("*.y*ml"))
COMMENTS = "comment.yml"  # the only one that may write, and only a comment: it runs nothing of the branch
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40}  # v\d+(\.\d+)+")


def workflow(path: Path) -> dict:
    return YAML(typ="safe").load(path)


def test_there_is_a_workflow():
    assert WORKFLOWS


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit_with_the_version_beside_it(path):
    used = [line.strip(" -") for line in path.read_text().splitlines() if re.match(r"\s*(- )?uses:", line)]
    assert all(PINNED.fullmatch(line) for line in used) and bool(used) == (path.name != COMMENTS)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_read_the_code_and_nothing_else_and_ends_in_time(path):
    given = workflow(path)
    assert given["permissions"] == {} and "pull_request_target" not in given["on"]
    assert "secrets." not in path.read_text()
    allowed = {"actions": "read", "pull-requests": "write"} if path.name == COMMENTS else {"contents": "read"}
    for job in given["jobs"].values():
        assert job["permissions"] == allowed and job["timeout-minutes"] <= 120
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nothing_that_a_stranger_writes_reaches_a_shell_of_a_workflow(path):
    for job in workflow(path)["jobs"].values():
        assert not [step for step in job["steps"] if "${{" in step.get("run", "")]


def test_the_workflow_that_may_comment_starts_after_check_and_takes_no_code_of_the_branch():
    given = workflow(Path(".github/workflows") / COMMENTS)
    assert list(given["on"]) == ["workflow_run"] and given["on"]["workflow_run"]["workflows"] == ["check"]
    text = (Path(".github/workflows") / COMMENTS).read_text()
    assert "uses:" not in text and "git " not in text and "make review`" in text and " make " not in text.split("run: |")[1].split("printf")[0]


@pytest.mark.parametrize("path", [*WORKFLOWS, Path(".gitlab-ci.yml")], ids=lambda path: path.name)
def test_a_workflow_calls_make_targets_that_there_are(path):
    targets = set(re.findall(r"^([a-z]+):", Path("Makefile").read_text(), flags=re.MULTILINE))
    assert set(re.findall(r"(?:run: |- )make ([a-z]+)", path.read_text())) <= targets | {"check"}


def test_requirements_are_pinned_exactly_and_installed_by_hash():
    lines = [line for line in Path("requirements.txt").read_text().splitlines() if line and not line.startswith("#")]
    assert lines and all(re.fullmatch(r"[\w.-]+(\[\w+\])?==[\w.]+", line) for line in lines)
    script = Path("commands/install.sh").read_text()
    assert script.count("pip install") == script.count("--require-hashes") == 1 and "--requirement requirements.lock" in script
    assert "--no-build-isolation" in script  # what is built from source is built by the locked setuptools
    pinned = re.findall(r"^([\w.-]+==\S+).*((?:\n    --hash=sha256:[0-9a-f]{64}.*)+)", Path("requirements.lock").read_text(),
                        flags=re.MULTILINE)
    assert len(pinned) == len(re.findall("^[a-z].*==", Path("requirements.lock").read_text(), flags=re.MULTILINE))
