"""Lines 1 to 5 and 18: Kaggle or GitHub is not reached, or says no; and what is asked for is pinned."""

import pytest

from tests.kaggle_server import status

pytest_plugins = "tests.faults.clones"

REACHED = r"cannot be reached, or the connection was cut \(ProxyError\); gave up after 5 tries: "


@pytest.mark.line(1, "fault")
@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "http://proxy.invalid:3128"], ids=["nobody", "no name"])
def test_without_a_network_kaggle_is_tried_five_times(fresh, proxy):
    network, fresh.environment["http_proxy"] = fresh.environment["http_proxy"], proxy
    fresh.fails("download", f"Kaggle {REACHED}run the same command again", "or download version 3 by hand at https://")
    fresh.environment["http_proxy"] = network
    fresh.recovers("download")


@pytest.mark.line(1, "fault")
def test_without_github_the_pictures_are_kept_and_the_table_is_named(fresh, internet):
    network, fresh.environment["https_proxy"] = fresh.environment["https_proxy"], "http://127.0.0.1:9"
    fresh.fails("download", rf"GitHub \(ieee8023's patients table\) {REACHED}see whether this machine may fetch",
                "https://raw.githubusercontent.com/ieee8023/.*/metadata.csv, or write data.patients: none")
    fresh.environment["https_proxy"] = network
    fresh.recovers("download")
    assert internet.log == ["api", "storage", "github"]


@pytest.mark.line(2, "fault")
@pytest.mark.parametrize("place", ["api", "storage"])
@pytest.mark.parametrize("code, words", [(401, "not authorised"), (403, "forbidden")])
def test_a_public_set_that_is_refused_is_not_asked_for_again(fresh, internet, place, code, words):
    setattr(internet, place, [status(code)])
    fresh.fails("download", rf"Kaggle answered {code} \({words}\): praveengovi/coronahack-chest-xraydataset/versions/3",
                "should be public; see it in a browser, or download version 3 by hand at https://www.kaggle.com/data")
    assert internet.log.count("api") == 1
    fresh.recovers("download")


@pytest.mark.line(3, "fault")
def test_a_data_set_that_is_not_there_is_named_with_its_version(fresh, internet):
    internet.api = [status(404)]
    fresh.fails("download", r"Kaggle answered 404 \(not found\): praveengovi/coronahack-chest-xraydataset/versions/3 ",
                "or download version 3 by hand at https://www.kaggle.com/datasets/praveengovi/coronahack-chest-xrayda")
    assert internet.log == ["api"]
    fresh.recovers("download")


@pytest.mark.line(3, "fault")
def test_a_table_that_is_not_there_is_named_with_its_address(fresh, internet):
    internet.github = [status(404)]
    fresh.fails("download", r"GitHub \(ieee8023's patients table\) answered 404 \(not found\): see whether this",
                "https://raw.githubusercontent.com/ieee8023/covid-chestxray-dataset/6a4242344473ccb5ed0d2148d8c7bfb169")
    fresh.recovers("download")
    assert internet.log == ["api", "storage", "github", "github"]


@pytest.mark.line(4, "fault")
def test_a_server_that_asks_for_two_seconds_gets_them(fresh, internet):
    internet.api = internet.github = [status(429, Retry_After="2")]
    said = fresh.recovers("download")
    assert "Kaggle answered 429 Too Many Requests: try 2 of 5 in 2 s\n" in said
    assert internet.log == ["api", "api", "storage", "github"]


@pytest.mark.line(4, "fault")
def test_a_server_that_asks_for_an_hour_is_left_alone(fresh, internet):
    internet.api = [status(429, Retry_After="3600")]
    fresh.fails("download", "Kaggle answered 429 Too Many Requests and asks to wait 60 minutes: run the same")
    assert internet.log == ["api"]
    fresh.recovers("download")


@pytest.mark.line(5, "fault")
@pytest.mark.parametrize("place", ["api", "storage", "github"])
def test_a_server_that_stumbles_twice_is_asked_again(fresh, internet, place):
    setattr(internet, place, [status(500), status(503)])
    said = fresh.recovers("download")
    assert "answered 500 Internal Server Error: try 2 of 5" in said and "503 Service Unavailable: try 3 of 5" in said
    assert internet.log.count(place) == 3


@pytest.mark.line(5, "fault")
@pytest.mark.parametrize("place, who", [("api", "Kaggle"), ("github", "GitHub")])
def test_a_server_that_stays_down_ends_the_stage_after_five_tries(fresh, internet, place, who):
    setattr(internet, place, [status(503)] * 9)
    fresh.fails("download", f"{who}.* answered 503 Service Unavailable; gave up after 5 tries: ")
    assert internet.log.count(place) == 5
    setattr(internet, place, [])
    fresh.recovers("download")


@pytest.mark.line(18, "input")
@pytest.mark.parametrize("key, value", [
    ("version", "4"), ("handle", "praveengovi/coronahack-chest-xraydataset"), ("dataset", "somebody/else/versions/1")])
def test_another_data_set_or_version_cannot_be_written_into_params(archive_bench, key, value):
    params = archive_bench.read("params.yaml")
    (archive_bench.folder / "params.yaml").write_text(params.replace("data:\n", f"data:\n  {key}: {value}\n", 1))
    archive_bench.fails("download", rf"params\.yaml:\d+: data\.{key}: is no key of this project",
                        command=("python", "-m", "commands.repro"), code=1)
    archive_bench.git("checkout", "--quiet", "params.yaml")
    archive_bench.recovers("download", "filter")
