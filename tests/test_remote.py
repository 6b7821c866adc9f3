"""What is pushed here is pulled there, byte for byte: through a folder, a real SSH server, a real S3-speaking server."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import boto3
import pytest
from dvc.utils.serialize import dump_yaml, load_yaml
from moto.server import ThreadedMotoServer

from tests.project import Project, ran

OUTS = ["data/weights", "models/fold-0-seed-0.logits.csv", "reports/model_card.md"]  # small ones: the way is what is tested


def shared(project: Project, folder: Path, address: str, *options: tuple[str, str], **environment: str) -> None:
    """Push from the project, pull into a fresh clone with the same remote, and compare."""
    clone = project.clone(folder)
    for one in (project, clone):
        said = one.run("python", "-m", "commands.remote", "--dir", address)
        assert f"remote team: {address}, verified, in .dvc/config.local" in said
        for name, value in options:
            one.dvc("remote", "modify", "--local", "team", name, value)
    project.run("dvc", "push", *OUTS, **environment)
    clone.run("dvc", "pull", *OUTS, **environment)
    for out in OUTS:
        for path in sorted((project.folder / out).rglob("*")) or [project.folder / out]:
            assert (clone.folder / path.relative_to(project.folder)).read_bytes() == path.read_bytes()
    assert project.git("status", "--porcelain") == "" and "verify = True" in (clone.folder / ".dvc/config.local").read_text()
    (project.folder / ".dvc/config.local").unlink()


def test_a_folder_is_a_remote_without_an_account(project, tmp_path):
    shared(project, tmp_path / "clone", str(tmp_path / "team folder" / "xrays"))
    lines = project.run("python", "-m", "commands.remote", "--dir", str(tmp_path / "team folder" / "xrays"))
    assert "dvc push" in lines
    (project.folder / ".dvc/config.local").unlink()


def objects(store: Path) -> set[str]:
    """md5 of every object in a remote or a cache."""
    return {path.parent.name + path.name for path in (store / "files/md5").glob("*/*")}


def test_a_push_sends_what_the_lock_names_and_nothing_else(project, tmp_path):
    store = tmp_path / "store"
    project.run("python", "-m", "commands.remote", "--dir", str(store))
    project.dvc("push")
    tracked = project.git("ls-files").split()
    outs = {out["md5"] for stage in load_yaml(project.folder / "dvc.lock")["stages"].values() for out in stage.get("outs", [])
            if out["path"] not in tracked}
    folders = [json.loads((store / "files/md5" / md5[:2] / md5[2:]).read_text()) for md5 in outs if md5.endswith(".dir")]
    assert objects(store) == outs | {file["md5"] for folder in folders for file in folder}
    assert objects(store) < objects(project.folder / ".dvc/cache")  # which holds the metrics too
    (project.folder / ".dvc/config.local").unlink()


def test_with_pull_nothing_is_trained_that_the_run_cache_of_the_remote_knows_though_the_lock_does_not(project, tmp_path):
    """A merge dropped the entries; the models come from the remote, and the metrics are made from them once more."""
    clone = project.clone(tmp_path / "clone")
    for one in (project, clone):
        one.run("python", "-m", "commands.remote", "--dir", str(tmp_path / "store"))
    project.dvc("push", "--run-cache")
    lock = load_yaml(clone.folder / "dvc.lock")
    dump_yaml(clone.folder / "dvc.lock", lock | {"stages": {
        name: entry for name, entry in lock["stages"].items() if name not in ("train@0-0", "probe@1-0", "evaluate")}})
    output = clone.run("make", "--assume-old", "venv", "repro", "PULL=1", "LOCKED=1")
    assert not [name for name in ran(output) if name.startswith(("train", "probe"))]
    assert "evaluate" in ran(output) and clone.git("status", "--porcelain") == ""
    (project.folder / ".dvc/config.local").unlink()


@pytest.fixture
def sftp(tmp_path) -> Iterator[tuple[int, Path]]:
    """An SSH server on 127.0.0.1 that serves this folder to one key."""
    key, host = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    key.write_private_key(tmp_path / "key")
    key.write_public_key(tmp_path / "key.pub")
    (tmp_path / "key").chmod(0o600)
    (tmp_path / "served").mkdir()
    loop, port = asyncio.new_event_loop(), []

    async def serve() -> None:
        server = await asyncssh.listen("127.0.0.1", 0, server_host_keys=[host], sftp_factory=True,
                                       authorized_client_keys=str(tmp_path / "key.pub"))
        port.append(server.get_port())

    loop.run_until_complete(serve())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield port[0], tmp_path / "key"
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


def test_a_real_ssh_server_is_a_remote(project, tmp_path, sftp):
    port, key = sftp
    shared(project, tmp_path / "clone", f"ssh://tester@127.0.0.1:{port}{tmp_path / 'served'}", ("keyfile", str(key)))
    assert any((tmp_path / "served").rglob("*.dir"))


@pytest.fixture
def s3() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop()


def test_a_real_s3_speaking_server_is_a_remote(project, tmp_path, s3, monkeypatch):
    secrets = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing", "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    boto3.client("s3", endpoint_url=s3).create_bucket(Bucket="team")
    shared(project, tmp_path / "clone", "s3://team/xrays", ("endpointurl", s3), **secrets)
    anyone = {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:HeadObject", "s3:ListBucket"],
              "Resource": ["arn:aws:s3:::team", "arn:aws:s3:::team/*"]}
    boto3.client("s3", endpoint_url=s3).put_bucket_policy(Bucket="team", Policy=json.dumps({"Statement": [anyone]}))
    for name in secrets:
        monkeypatch.delenv(name)
    reader = project.clone(tmp_path / "anyone")  # as docs/remotes.md commits a public bucket for a forge
    reader.dvc("remote", "add", "--default", "team", "s3://team/xrays")
    for name, value in (("endpointurl", s3), ("allow_anonymous_login", "true"), ("verify", "true")):
        reader.dvc("remote", "modify", "team", name, value)
    reader.run("dvc", "pull", *OUTS, AWS_EC2_METADATA_DISABLED="true")
    assert reader.read(OUTS[-1]) == project.read(OUTS[-1])


@pytest.mark.parametrize("given, says", [
    ([], "needs DIR=folder"), (["--dir", "data/remote"], "lies in this work tree"),
    (["--dir", "../afile"], "is a file, or lies under one"), (["--dir", "ftp://host/x"], "ftp:// is no remote that DVC knows"),
    (["--dir", "ssh://me:secret@host/x"], "holds a password")])
def test_what_cannot_be_a_remote_is_told_in_one_line_and_nothing_is_written(project, given, says):
    (project.folder.parent / "afile").write_text("")
    output = project.run("python", "-m", "commands.remote", *given, code=1)
    assert says in output and "Traceback" not in output and output.count("\n") == 1
    assert not (project.folder / ".dvc/config.local").exists()


def test_the_package_is_fetched_by_name_in_another_repository(project, tmp_path):
    """Registered by a Git tag, as `gto register` makes it, and got with the remote's settings given."""
    project.run("python", "-m", "commands.remote", "--dir", str(tmp_path / "store"))
    project.dvc("push", "export")
    project.run("gto", "register", "covid-classifier", "--version", "v0.1.0", "--repo", ".")
    assert "covid-classifier@v0.1.0" in project.git("tag")
    Project(tmp_path).run("dvc", "artifacts", "get", str(project.folder), "covid-classifier", "--rev", "v0.1.0", "--out", "got",
                          "--remote-config", f"url={tmp_path / 'store'}", "--remote", "team")
    for name in ("README.md", "model.json", "predictions.csv", "model.safetensors"):
        assert (tmp_path / "got" / name).read_bytes() == (project.folder / "export" / name).read_bytes()
    project.git("tag", "--delete", "covid-classifier@v0.1.0")
    (project.folder / ".dvc/config.local").unlink()
