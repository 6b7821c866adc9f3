"""Files appear whole or not at all, and their bytes depend on their content alone."""

import subprocess

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from xrays import files


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), files.whole(path) as unfinished:
        unfinished.write_text("half")
        raise RuntimeError
    assert [(found.name, found.read_text()) for found in tmp_path.iterdir()] == [("a.txt", "old")]


def test_what_a_killed_run_left_is_cleared_by_the_next(tmp_path):
    (tmp_path / ".out.unfinished").mkdir()
    (tmp_path / ".out.unfinished" / "stale").write_text("x")
    with files.whole(tmp_path / "out") as unfinished:
        unfinished.mkdir()
        (unfinished / "new").write_text("y")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_disk_that_is_full_is_told_as_such_by_what_writes_tensors_too(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", disk]).returncode:
        pytest.skip("no permission to mount a small disk")
    try:
        with pytest.raises(OSError, match="No space left on device: .*model.safetensors"):
            with files.whole(disk / "model.safetensors") as unfinished:
                save_file({"a": np.zeros(10**6)}, unfinished)
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def test_json_is_sorted_flat_and_rounded(tmp_path):
    files.write_json(tmp_path / "a.json", {"b": 1, "a": 1 / 3, "c": "words"})
    assert (tmp_path / "a.json").read_text() == '{\n "a": 0.333333,\n "b": 1.0,\n "c": "words"\n}\n'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, [1], True])
def test_what_dvc_would_lose_in_silence_is_refused(tmp_path, value):
    with pytest.raises((TypeError, ValueError)):
        files.write_json(tmp_path / "a.json", {"a": value})
    assert list(tmp_path.iterdir()) == []


def test_text_stays_text_in_a_csv(tmp_path):
    table = pd.DataFrame({"name": ["001", "NA", ""], "value": [0.1, 2.0, 1e-9]})
    files.write_csv(tmp_path / "a.csv", table)
    assert (tmp_path / "a.csv").read_bytes() == b"name,value\n001,0.100000\nNA,2.000000\n,0.000000\n"
    assert files.read_csv(tmp_path / "a.csv")["name"].tolist() == ["001", "NA", ""]
