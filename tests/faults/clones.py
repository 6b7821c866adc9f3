"""Fixtures: clones of a project of Kaggle's pictures and GitHub's patients; test modules load it."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.bench import Bench
from tests.faults.online import ARCHIVE, TABLE, reached
from tests.kaggle_server import KaggleServer, serve
from tests.project import Project, copy_work_tree

Clone = Callable[[str], Bench]
Disk = Callable[[Path, str], None]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate by which this server is GitHub, for those who trust it."""
    path = tmp_path_factory.mktemp("tls") / "github.pem"
    subprocess.run(["openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-days", "2", "-keyout", path, "-out", path.with_suffix(".crt"), "-subj", "/CN=test", "-addext",
                    "subjectAltName=DNS:raw.githubusercontent.com"], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + path.with_suffix(".crt").read_bytes())
    return path


@pytest.fixture(scope="session")
def downloaded(tmp_path_factory: pytest.TempPathFactory, certificate: Path) -> Project:
    """A project whose download from Kaggle is committed. Its hashes are those that the stage asks a person to paste."""
    project = copy_work_tree(tmp_path_factory.mktemp("downloaded") / "project")
    project.set(data__source="kaggle")
    with serve(ARCHIVE, TABLE, certificate) as server:
        for key in ("sha256", "patients_sha256"):
            asked = project.run("dvc", "repro", "download", code=255, **reached(server, certificate))
            project.set(**{f"data__{key}": asked.partition(f'  {key}: "')[2].partition('"')[0]})
        project.run("dvc", "repro", "download", **reached(server, certificate))
    project.commit("lock")
    return project


@pytest.fixture
def internet(certificate: Path) -> Iterator[KaggleServer]:
    """Kaggle and GitHub in good health, to be spoilt."""
    with serve(ARCHIVE, TABLE, certificate) as server:
        yield server


@pytest.fixture
def clone(downloaded: Project, internet: KaggleServer, certificate: Path, tmp_path: Path) -> Iterator[Clone]:
    """Makes fresh clones by name: the lock says what is to come, and nothing has been downloaded."""
    made = []

    def make(name: str) -> Bench:
        bench = Bench(downloaded.clone(tmp_path / name).folder)
        bench.run("dvc", "config", "--local", "cache.type", "hardlink,copy")  # 5,912 reflinks are tried first otherwise
        bench.environment = reached(internet, certificate)
        made.append(bench.folder)
        return bench

    yield make
    for folder in made:
        shutil.rmtree(folder)  # 18,000 files each


@pytest.fixture
def fresh(clone: Clone) -> Bench:
    return clone("bench")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Mounts a disk of its own on a folder, or mounts it anew with other options, such as size=1m."""
    mounted = []

    def mount(folder: Path, options: str) -> None:
        again = "remount," if folder in mounted else ""
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", again + options, "tmpfs", folder], capture_output=True,
                              text=True)
        if done.returncode and not mounted:
            pytest.skip(f"this machine permits no mounts: {done.stderr.strip()}")
        assert done.returncode == 0, done.stderr
        mounted.append(folder)

    yield mount
    for folder in set(mounted):
        subprocess.run(["umount", folder], check=True)
