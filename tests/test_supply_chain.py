"""What is installed is pinned and hashed; workflow files may do as little as they can; no secret enters params or lock."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

GITLAB = Path(".gitlab-ci.yml")
WORKFLOWS = sorted(Path(".github/workflows").glob("*.y*ml"))
COMMENTS = "comment.yml"  # the only one that may write, and only a comment: it runs nothing of the branch
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40}  # v\d+(\.\d+)+")


def workflow(path: Path) -> dict:
    return YAML(typ="safe").load(path)


def scripts(path: Path) -> list[str]:
    """What a workflow says to a shell, a text for each of GitHub's steps or of GitLab's jobs."""
    given = workflow(path)
    if path == GITLAB:
        return ["\n".join(job["script"]) for job in given.values() if "script" in job]
    return [step["run"] for job in given["jobs"].values() for step in job["steps"] if "run" in step]


def calls(path: Path) -> list[tuple[str, set[str]]]:
    """Every `make TARGET` of a workflow with the names of the variables that it sets."""
    return [(target, set(re.findall(r" ([A-Z]+)=", words))) for script in scripts(path)
            for target, words in re.findall(r'\bmake ([a-z]+)((?: [A-Z]+=(?:"[^"]*"|\S+))*)', script)]


def played(folder: Path, script: str, **tools: str) -> None:
    """Run a workflow's script in this folder as a runner does, with these tools in place of the real ones."""
    (folder / "tools").mkdir()
    for name, text in tools.items():
        (folder / "tools" / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / "tools" / name).chmod(0o755)
    subprocess.run(["bash", "-e", "-c", script], cwd=folder, check=True, env=os.environ | {
        "PATH": f"{folder / 'tools'}:{os.environ['PATH']}"})


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
    assert not [script for script in scripts(path) if "${{" in script]


def test_the_workflow_that_may_comment_starts_after_check_and_takes_no_code_of_the_branch():
    given = workflow(Path(".github/workflows") / COMMENTS)
    assert list(given["on"]) == ["workflow_run"] and given["on"]["workflow_run"]["workflows"] == ["check"]
    text = (Path(".github/workflows") / COMMENTS).read_text()
    assert "uses:" not in text and "git " not in text and "make review`" in text and " make " not in text.split("run: |")[1].split("printf")[0]


def test_a_comment_says_first_who_wrote_it_and_reaches_nobody(tmp_path, monkeypatch):
    evil = "@all é@all @@all `@all`\n" * 4000 + "<!--"
    (tmp_path / "evil.md").write_text(evil)
    for name, value in (("RUNNER_TEMP", str(tmp_path)), ("SHA", "abc1234"), ("RUN", "1"), ("GH_REPO", "a/b"), ("HEAD", "c:d")):
        monkeypatch.setenv(name, value)
    played(tmp_path, scripts(Path(".github/workflows") / COMMENTS)[0], gh="""case "$1 $2" in
        "api -X") echo 7;;
        "run download") mkdir review; cp evil.md review/comment.md;;
        "pr comment") [ "$3" = 7 ]; cp body.md posted;;
        esac""")
    posted = (tmp_path / "posted").read_text(errors="replace")
    assert re.match("<sub>Written by this branch with its own copy of `make review`, at abc1234.</sub>\n\n@", posted)
    assert posted.count("@") > 1000 and not re.search("@[^\u200b]", posted) and len(posted) < 65_536  # GitHub's limit


@pytest.mark.parametrize("fork", [True, False])
def test_gitlab_compares_with_the_target_as_it_is_now_from_a_fork_too(tmp_path, monkeypatch, fork):
    def git(folder: Path, *words: str) -> str:
        return subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@e", *words], cwd=folder, check=True,
                              capture_output=True, text=True).stdout.strip()

    team, origin, work = (tmp_path / name for name in ("team", "fork" if fork else "team", "work"))
    team.mkdir()
    git(team, "init", "--quiet", "--initial-branch", "main")
    git(team, "commit", "--quiet", "--allow-empty", "--message", "old")
    if fork:
        git(tmp_path, "clone", "--quiet", "team", "fork")
    git(tmp_path, "clone", "--quiet", str(origin), "work")
    git(team, "commit", "--quiet", "--allow-empty", "--message", "new")
    for name, value in (("CI_PROJECT_ID", "2" if fork else "1"), ("CI_MERGE_REQUEST_PROJECT_ID", "1"),
                        ("CI_MERGE_REQUEST_PROJECT_URL", str(team) if fork else "https://needs.a.token.invalid"),
                        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main")):
        monkeypatch.setenv(name, value)
    played(work, "\n".join(workflow(GITLAB)["review"]["script"]),
           make='for word; do case $word in BASE=*) git rev-parse "${word#BASE=}" > base;; esac; done')
    assert (work / "base").read_text().strip() == git(team, "rev-parse", "main")


@pytest.mark.parametrize("path", [*WORKFLOWS, GITLAB], ids=lambda path: path.name)
def test_a_workflow_calls_make_targets_that_there_are_with_variables_that_they_know(path):
    recipes = dict(re.findall(r"^([a-z]+):.*\n((?:\t.*\n)*)", Path("Makefile").read_text(), flags=re.MULTILINE))
    for target, named in calls(path):
        assert named <= set(re.findall(r"\$\(([A-Z]+)\)", recipes[target])), target


def test_both_forges_make_the_same():
    github, gitlab = calls(Path(".github/workflows/check.yml")), calls(GITLAB)
    assert {target for target, _ in github} == {target for target, _ in gitlab} == {"check", "review", "remote", "repro"}
    assert ("repro", {"PULL", "LOCKED"}) in github and ("repro", {"PULL", "LOCKED"}) in gitlab


def test_a_stale_branch_is_reviewed_too_and_what_the_repository_allows_reaches_the_review():
    job = workflow(Path(".github/workflows/check.yml"))["jobs"]["review"]
    assert job["if"] == "${{ !cancelled() }}" and workflow(GITLAB)["review"]["when"] == "always"
    given = next(step["env"] for step in job["steps"] if "make review" in step.get("run", ""))
    said = subprocess.run(["make", "--dry-run", "--assume-old", "venv", "review"], check=True, capture_output=True, text=True,
                          env=os.environ | {name: "worse stale" for name in given}).stdout
    assert "--allow worse stale" in said


def test_requirements_are_pinned_exactly_and_installed_by_hash():
    lines = [line for line in Path("requirements.txt").read_text().splitlines() if line and not line.startswith("#")]
    assert lines and all(re.fullmatch(r"[\w.-]+(\[\w+\])?==[\w.]+", line) for line in lines)
    script = Path("commands/install.sh").read_text()
    assert script.count("pip install") == script.count("--require-hashes") == 1 and "--requirement requirements.lock" in script
    assert "--no-build-isolation" in script  # what is built from source is built by the locked setuptools
    pinned = re.findall(r"^([\w.-]+==\S+).*((?:\n    --hash=sha256:[0-9a-f]{64}.*)+)", Path("requirements.lock").read_text(),
                        flags=re.MULTILINE)
    assert len(pinned) == len(re.findall("^[a-z].*==", Path("requirements.lock").read_text(), flags=re.MULTILINE))
