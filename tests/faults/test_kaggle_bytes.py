"""Lines 6 to 11, 16, 17 and 21: what comes from Kaggle or GitHub is cut, spoilt, slow or of another version."""

import random

import pytest

from tests.faults import online
from tests.faults.archives import take_back, zipped
from tests.kaggle_server import cut, cut_chunked, cut_unannounced, hang, login_page, other, stall
from xrays.archive import METADATA, PICTURES

pytest_plugins = "tests.faults.clones"

NOISE = random.Random(1).randbytes(len(online.ARCHIVE))
RESUMED = "storage bytes=1048576-"


def changed(name: str, content: bytes | None) -> bytes:
    """The archive with one file changed, or left out."""
    files = online.FILES | {name: content}
    return zipped({name: content for name, content in files.items() if content is not None})


@pytest.mark.line(6, "fault")
@pytest.mark.parametrize("fault, resumes", [(cut, True), (cut_chunked, True), (cut_unannounced, False)])
def test_a_body_that_is_cut_is_resumed_where_its_length_was_told(fresh, internet, fault, resumes):
    internet.storage = [fault(2_000_000)]
    assert "try 2 of 5" in fresh.recovers("download")
    assert (internet.log[-2] == RESUMED) is resumes


@pytest.mark.line(6, "fault")
def test_a_body_that_is_always_cut_ends_the_stage_and_keeps_what_came(fresh, internet):
    internet.storage = [cut(2_000_000)] + [cut(1_500_000)] * 20
    fresh.fails("download", r"Kaggle cannot be reached, or the connection was cut \(ChunkedEncodingError\); gave up",
                r"run the same command again \(what came so far is kept\), or download version 3 by hand")
    assert (fresh.folder / online.PARTIAL).stat().st_size >= 1_048_576
    internet.storage = []
    fresh.recovers("download")
    assert internet.log[-2].startswith("storage bytes=")


@pytest.mark.line(7, "fault")
@pytest.mark.parametrize("md5", [True, False])
def test_a_server_that_ignores_range_does_not_spoil_the_pictures(fresh, internet, md5):
    internet.md5, internet.ranges, internet.storage = md5, False, [cut(2_000_000)]
    fresh.recovers("download")
    assert RESUMED in internet.log


@pytest.mark.line(8, "fault")
@pytest.mark.parametrize("md5", [True, False])
def test_noise_instead_of_the_zip_is_fetched_again(fresh, internet, md5):
    internet.md5, internet.storage = md5, [other(NOISE)]
    assert "what came from Kaggle is not the archive (" in fresh.recovers("download")


@pytest.mark.line(8, "fault")
@pytest.mark.parametrize("md5", [True, False])
def test_one_other_picture_in_a_whole_zip_is_refused_by_our_own_hash(fresh, internet, md5):
    internet.md5, internet.body = md5, changed(f"{PICTURES}/train/normal-0010.jpeg", b"another patient")
    fresh.fails("download", r"Kaggle's data set has changed: data\.sha256 expects [0-9a-f]{64}, but [0-9a-f]{64} came",
                "review it before you write the new hash into params.yaml")
    internet.body = online.ARCHIVE
    assert "is not the one of data.sha256: fetching it again" in fresh.recovers("download")


@pytest.mark.line(9, "fault")
@pytest.mark.parametrize("place, says", [
    ("api", "Kaggle sent a web page instead of the zip"), ("storage", "Kaggle sent a web page instead of the zip"),
    ("github", r"GitHub \(ieee8023's patients table\) sent a web page instead")])
def test_a_web_page_with_status_200_is_named(fresh, internet, place, says):
    setattr(internet, place, [login_page] * 9)
    fresh.fails("download", f"{says}; gave up after 5 tries: ")
    setattr(internet, place, [])
    fresh.recovers("download")


@pytest.mark.line(10, "fault")
@pytest.mark.parametrize("place, fault", [("api", hang), ("storage", hang), ("storage", stall(2_000_000)),
                                          ("github", hang)], ids=["api", "storage", "body", "github"])
def test_a_silent_server_is_left_and_asked_again(fresh, internet, place, fault):
    fresh.environment["XRAYS_PATIENCE"] = "0.05"  # 15 s without a byte from Kaggle, 3 s from GitHub
    setattr(internet, place, [fault])
    assert "try 2 of 5" in fresh.recovers("download")


@pytest.mark.line(10, "fault")
def test_a_server_that_stays_silent_ends_the_stage(fresh, internet):
    fresh.environment["XRAYS_PATIENCE"] = "0.05"
    internet.api = [hang] * 5
    fresh.fails("download", "Kaggle sent nothing for 15 s; gave up after 5 tries: run the same command again")
    fresh.recovers("download")


@pytest.mark.line(11, "fault")
@pytest.mark.parametrize("size", [len(NOISE), len(NOISE) + 1000, 1_500_000], ids=["right size", "larger", "smaller"])
@pytest.mark.parametrize("md5", [True, False])
def test_a_spoilt_partial_is_thrown_away(fresh, internet, size, md5):
    internet.md5 = md5
    (fresh.folder / online.HOME).mkdir(parents=True)
    (fresh.folder / online.PARTIAL).write_bytes((NOISE + bytes(1000))[:size])
    assert "what came from Kaggle is not the archive (" in fresh.recovers("download")


@pytest.mark.line(16, "input")
def test_more_files_than_any_version_holds_are_refused_and_not_kept(fresh, internet):
    internet.body = zipped(online.FILES | {f"{number}.jpeg": b"" for number in range(15_000)})
    fresh.fails("download", "Kaggle's archive is larger than any version we know: it is not what this project")
    assert not (fresh.folder / online.TREE).exists()
    internet.body = online.ARCHIVE
    fresh.recovers("download")


@pytest.mark.line(17, "input")
@pytest.mark.parametrize("name, content, says", [
    (METADATA, online.FILES[METADATA].rpartition(b"\n5913,")[0] + b"\n", r"has 5,909 rows \(5,910 expected\)"),
    (f"{PICTURES}/train/covid (1).png", None, r"has 5,910 rows .*, pictures missing: 1 \(covid \(1\)\.png\): "),
    (METADATA, b"a,b\n1,2\n", r"\S+Metadata\.csv: ")], ids=["fewer rows", "fewer pictures", "another table"])
def test_another_version_is_refused_before_a_hash_is_asked_for(fresh, internet, name, content, says):
    fresh.set(data__sha256="")
    internet.body = changed(name, content)
    fresh.fails("download", says)
    internet.body = online.ARCHIVE
    fresh.fails("download", r"data\.sha256 is empty: Kaggle's data set came and looks right; to pin it, paste")
    take_back(fresh)
    fresh.recovers("download")


@pytest.mark.line(17, "input")
def test_another_patients_table_is_refused_by_its_hash(fresh, internet):
    internet.table = online.TABLE.replace(b"12,7,M,42,", b"12,7,M,43,")
    fresh.fails("download", r"ieee8023's patients table has changed: data\.patients_sha256 expects [0-9a-f]{64}, but")
    internet.table = online.TABLE
    fresh.recovers("download")


@pytest.mark.line(21, "input")
@pytest.mark.parametrize("written, environment", [
    ("{no JSON", {}), ('{"username": "someone", "key": "stale"}', {}),
    ("", {"KAGGLE_USERNAME": "someone", "KAGGLE_KEY": "stale", "KAGGLE_API_TOKEN": "stale"})],
    ids=["malformed", "stale", "environment"])
def test_a_key_of_kaggles_is_not_used_for_a_public_set(fresh, internet, tmp_path, written, environment):
    for name in ("kaggle.json", "access_token"):
        (tmp_path / "home/.kaggle").mkdir(parents=True, exist_ok=True)
        (tmp_path / "home/.kaggle" / name).write_text(written)
    fresh.environment |= environment | {"HOME": str(tmp_path / "home"),
                                        "KAGGLE_CONFIG_DIR": str(tmp_path / "home/.kaggle")}
    fresh.recovers("download")
    assert internet.log == ["api", "storage", "github"]
