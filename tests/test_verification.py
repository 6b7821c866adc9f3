"""What `make verify` is made of: objects, repairs, remembered runs, strays, DVC's lock files."""

import json
from pathlib import Path

import pytest
from dvc.utils import dict_sha256
from ruamel.yaml import YAML

from commands import prune
from xrays import classifier, files
from xrays.console import BadInput
from xrays.verification import content, current, outs, runs, rwlock, strays, trained
from xrays.verification.cache import Cache, listing, members
from xrays.verification.finding import Finding, few, removing, rerunning

HELLO = "5d41402abc4b2a76b9719d911017c592"  # md5 of hello
ENTRY = {"cmd": "c", "deps": [{"path": "d", "hash": "md5", "md5": "1", "size": 3}], "outs": [{"path": "o", "md5": "2"}]}


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def keep(md5: str, text: str) -> Path:
    path = Path("cache/files/md5") / md5[:2] / md5[2:]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_finding_is_one_line_with_its_repair_last():
    assert str(Finding("a", "damaged, so", removing("a b"))) == "a: damaged, so: rm -rf 'a b' && make repro"
    assert rerunning("train@0-0") == "dvc repro --force --single-item train@0-0 && make repro"
    assert few(["a", "b", "c", "d"]) == "a, b, c and 1 more"


def test_an_object_is_whole_damaged_or_missing_whatever_its_mode(place):
    keep(HELLO, "hello")
    keep("0" * 32, "hello").chmod(0o444)
    cache = Cache(Path("cache"))
    assert [cache.state(md5) for md5 in (HELLO, "0" * 32, "1" * 32)] == ["whole", "damaged", "missing"]


def test_a_dangling_link_in_the_cache_is_damage_and_a_temporary_file_litter(place):
    path = keep(HELLO, "hello")
    path.unlink()
    path.symlink_to("nowhere")
    (path.parent / ".tmp").write_text("half")
    cache = Cache(Path("cache"))
    assert cache.damaged == {path}
    assert [finding.repair for finding in cache.findings({})] == [
        f"rm -f cache/files/md5/5d/{HELLO[2:]}", "rm -f cache/files/md5/5d/.tmp"]


def test_a_folder_is_made_of_its_listing_and_its_files_and_a_damaged_listing_names_none(place):
    entries = [{"md5": HELLO, "relpath": "a"}, {"md5": HELLO, "relpath": "b/c"}]
    folder = files.md5_of(entries)
    keep(folder, json.dumps(entries, sort_keys=True))
    assert members(folder, Cache(Path("cache"))) == [folder, HELLO]
    assert listing(HELLO, Cache(Path("cache"))) is None
    keep(folder, "[]")
    assert members(folder, Cache(Path("cache"))) == [folder]


@pytest.mark.parametrize("here, kept, stale, repair", [
    ("other", "hello", set(), "rm -rf o && dvc checkout o"),
    ("hello", "other", set(), f"rm -f cache/files/md5/5d/{HELLO[2:]} && dvc commit --force s"),
    ("hello", "other", {"s"}, f"rm -rf o cache/files/md5/5d/{HELLO[2:]} && make repro"),
    ("other", "other", set(), f"rm -rf o cache/files/md5/5d/{HELLO[2:]} && make repro")])
def test_the_cheapest_repair_that_cannot_lie_is_chosen(place, here, kept, stale, repair):
    Path("o").write_text(here)
    keep(HELLO, kept)
    locked = {"o": {"path": "o", "md5": HELLO, "size": 5, "stage": "s"}}
    finding, = outs.findings(locked, outs.differing(locked), {"o"}, stale, Cache(Path("cache")), None)
    assert finding.repair == repair


@pytest.mark.parametrize("size", [{}, {"size": 4}])
def test_a_size_that_is_not_so_is_damage_of_the_lock(place, size):
    Path("o").write_text("hello")
    keep(HELLO, "hello")
    locked = {"o": {"path": "o", "md5": HELLO, "stage": "s"} | size}
    finding, = outs.findings(locked, [], {"o"}, set(), Cache(Path("cache")), None)
    assert "damaged in dvc.lock, which does not say {'size': 5}" in finding.fault
    assert finding.repair == "dvc commit --force s"


def test_an_out_is_never_committed_by_force_while_another_of_its_stage_is_damaged(place):
    Path("o").write_text("hello")
    Path("p").write_text("other")
    locked = {path: {"path": path, "md5": HELLO, "size": 5, "stage": "s"} for path in ("o", "p")}
    for finding in outs.findings(locked, outs.differing(locked), {"o", "p"}, set(), Cache(Path("cache")), None):
        assert finding.repair == f"rm -rf {finding.path} && make repro"


def remember(entry: dict, folder: str = "", name: str = "") -> Path:
    path = Path("cache/runs") / runs.key(entry)[:2] / (folder or runs.key(entry)) / (
        name or dict_sha256(entry, exclude=runs.UNHASHED))
    path.parent.mkdir(parents=True, exist_ok=True)
    YAML().dump(entry, path)
    return path


def test_equal_remembered_runs_and_runs_of_other_inputs_are_no_finding(place):
    remember(ENTRY)
    remember(ENTRY | {"cmd": "other", "outs": [{"path": "o", "md5": "9"}]})
    assert list(runs.findings(Path("cache"), {"s": ENTRY}, {})) == []


def test_of_two_results_the_committed_one_stays_and_otherwise_the_stage_runs_again(place):
    path = remember(ENTRY | {"outs": [{"path": "o", "md5": "9"}]})
    (kept,), (doubted,) = (list(runs.findings(Path("cache"), {"s": ENTRY}, git)) for git in ({"s": ENTRY}, {}))
    assert kept.repair == f"rm -f {path}"
    assert doubted.repair == f"rm -rf {path.parent} && dvc repro --force --single-item s && make repro"


def test_a_remembered_run_in_anothers_place_is_damage(place):
    remember(ENTRY | {"cmd": "other"}, folder=runs.key(ENTRY))
    remember(ENTRY, name="f" * 64)
    (Path("cache/runs") / "half.tmp").write_text("")
    assert [finding.fault.split(",")[0] for finding in runs.findings(Path("cache"), {"s": ENTRY}, {})] == [
        "damaged", "damaged", "partial"]


def test_strays_are_told_from_outs_readmes_and_hidden_files(place):
    for path in ("models/a.csv", "models/fold-1-seed-0.csv", "models/my notes.txt", "models/.gitignore",
                 "data/README.md", "data/.raw.unfinished"):
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_text("")
    assert {finding.path: finding.repair for finding in strays.findings(["data/raw", "models/a.csv"])} == {
        "data/.raw.unfinished": "rm -rf data/.raw.unfinished", "models/fold-1-seed-0.csv": "make repro",
        "models/my notes.txt": "mv --no-clobber 'models/my notes.txt' 'my notes.txt'"}


@pytest.mark.parametrize("name, whole, half", [("a.csv", b"x,y\n1,2\n", b"x,y\n1,"), ("a.json", b"{}\n", b"{"),
                                               ("a.csv", b"x\n", b"")])
def test_a_text_that_does_not_end_with_its_line_is_cut(place, name, whole, half):
    Path(name).write_bytes(whole)
    assert content.cut(Path(name)) == ""
    Path(name).write_bytes(half)
    assert content.cut(Path(name)) == f"{name} ends in the middle of a line"


def test_no_lock_file_of_dvc_is_no_finding_and_a_dead_holder_is_dvcs_own_affair(place):
    assert rwlock.findings() == []
    rwlock.RWLOCK.parent.mkdir(parents=True)
    rwlock.RWLOCK.write_text('{"write": {"/a": {"pid": 99999999, "cmd": "dvc repro"}}}')
    assert rwlock.findings() == []


def test_a_lock_cut_behind_any_character_is_refused_in_words_or_understood(place):
    text = (f"schema: '2.0'\nstages:\n  s:\n    cmd: c\n    deps:\n    - path: d\n      md5: {HELLO}\n    outs:\n"
            f"    - path: o\n      md5: {HELLO}\n      size: 5\n  t:\n    cmd: c\n")
    understood = 0
    for end in range(len(text) + 1):
        Path("dvc.lock").write_text(text[:end])
        try:
            stages = prune.read_lock().get("stages") or {}
        except BadInput as error:
            assert "git checkout --ours dvc.lock" in str(error)
            continue
        understood += 1
        assert all(isinstance(entry["cmd"], str) for entry in stages.values())
    assert 0 < understood < len(text)


def test_a_lock_that_dvc_yaml_does_not_describe_or_in_another_order_is_stale(place):
    Path("dvc.yaml").write_text("stages: {a: {cmd: x}, b: {cmd: x, deps: [code.py]}}")
    Path("code.py").write_text("hello")
    b = {"cmd": "x", "deps": [{"path": "code.py", "md5": HELLO}]}
    described = {"a": [], "b": []}
    assert list(current.findings(described, {"a": {"cmd": "x"}, "b": b})) == []
    assert [finding.fault for finding in current.findings(described, {"b": b, "c": {}, "a": {"cmd": "y"}})] == [
        "stale, a: its command changed", "stale, c is no stage of dvc.yaml any more",
        "stale, its stages are not in the order of dvc.yaml"]
    Path("code.py").write_text("other")
    assert current.stale(described, {"b": b}) == {"a": "never run", "b": "code.py changed"}


def test_a_lock_whose_entries_were_cut_is_looked_into_without_a_fall(place):
    Path("data/raw").mkdir(parents=True)
    for entry in ({"cmd": "c"}, {"cmd": "c", "outs": [{"path": "data/raw"}], "params": {"params.yaml": {}}}):
        assert list(content.findings({"download": entry}, {"download"}, Path("cache"))) == []


@pytest.mark.parametrize("arch", classifier.ARCHITECTURES)
def test_the_tensors_of_a_model_are_known_without_torch(arch):
    assert trained.tensors(arch) == set(classifier.build(arch).state_dict())
