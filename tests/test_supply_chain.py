"""What is installed is pinned and hashed; workflow files may do as little as they can; no secret enters params or lock."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

WORKFLOWS = sorted(Path(".github/workflows").glob("*.y*ml"))
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40}  # v\d+(\.\d+)+")


def workflow(path: Path) -> dict:
    return YAML(typ="safe").load(path)


def test_there_is_a_workflow():
    assert WORKFLOWS


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit_with_the_version_beside_it(path):
    used = [line.strip(" -") for line in path.read_text().splitlines() if re.match(r"\s*(- )?uses:", line)]
    assert used and all(PINNED.fullmatch(line) for line in used)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_read_the_code_and_nothing_else_and_ends_in_time(path):
    given = workflow(path)
    assert given["permissions"] == {} and "pull_request_target" not in given["on"]
    assert "secrets." not in path.read_text()
    for job in given["jobs"].values():
        assert job["permissions"] == {"contents": "read"} and job["timeout-minutes"] <= 120
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nothing_that_a_stranger_writes_reaches_a_shell_of_a_workflow(path):
    for job in workflow(path)["jobs"].values():
        assert not [step for step in job["steps"] if "${{" in step.get("run", "")]


def test_requirements_are_pinned_exactly_and_installed_by_hash():
    lines = [line for line in Path("requirements.txt").read_text().splitlines() if line and not line.startswith("#")]
    assert lines and all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)
    assert "--require-hashes --requirement requirements.lock" in Path("commands/install.sh").read_text()
    pinned = re.findall(r"^([\w.-]+==\S+).*((?:\n    --hash=sha256:[0-9a-f]{64}.*)+)", Path("requirements.lock").read_text(),
                        flags=re.MULTILINE)
    assert len(pinned) == len(re.findall("^[a-z].*==", Path("requirements.lock").read_text(), flags=re.MULTILINE))
