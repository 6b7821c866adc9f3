"""Lines 43, 47: one picture under several names, and names that are unusual."""

import pytest

from tests.faults.archives import PICTURES
from tests.faults.filtered import accepted, counts, patients, pictures, place, refused, renamed, rows

NORMAL = "IM-0115-0001.jpeg"
OTHER = "IM-0124-0001.jpeg"  # a Normal too, later by name
TEST = "IM-0121-0001.jpeg"  # a Normal of the TEST part
COVID = "1871FBFF-7F33-49A8-A85E-5A6A74E6A3A8.jpeg"


def copied(source: str, *targets: str):
    """Targets, full names in the zip, become the same file as the source."""
    return lambda archive: archive.update(dict.fromkeys(targets, archive[source]))


@pytest.mark.line(43, "input")
@pytest.mark.parametrize(("copy", "where"), [(OTHER, place(OTHER)), (TEST, place(TEST, "test"))],
                         ids=["in one part", "in TRAIN and TEST"])
def test_of_exact_duplicates_the_first_by_name_stays(archive_bench, copy, where):
    before = pictures(archive_bench)[NORMAL]
    accepted(archive_bench, copied(place(NORMAL), where))
    found = rows(archive_bench)
    assert found.loc[copy, ["role", "reason", "fold"]].tolist() == ["dropped", f"same file as {NORMAL}", ""]
    assert found.loc[copy, "sha256"] == found.loc[NORMAL, "sha256"] and found.loc[NORMAL, "role"] == "study"
    assert counts(archive_bench)["dropped_duplicate"] == 3  # the phantom brings two
    assert (pictures(archive_bench)[NORMAL] == before).all() and copy not in pictures(archive_bench)


@pytest.mark.line(43, "input")
def test_one_file_under_two_labels_is_studied_under_neither(archive_bench):
    accepted(archive_bench, copied(place(NORMAL), place(COVID)))
    assert set(rows(archive_bench).loc[[NORMAL, COVID], "reason"]) == {"same file under two labels"}
    assert counts(archive_bench)["dropped_label_conflict"] == 2
    assert not {NORMAL, COVID} & pictures(archive_bench).keys()


@pytest.mark.line(43, "input")
def test_a_class_that_is_copies_of_the_other_stops_the_run(archive_bench):
    covid = rows(archive_bench).query("label == 'COVID-19'")["image"]
    refused(archive_bench, "filter", "no COVID-19 picture is left to study, of 24 that the metadata names: .*"
            r"\(same file under two labels\), .*: check whether this is the right data set",
            change=copied(place(NORMAL), *map(place, covid)))


@pytest.mark.line(47, "accepted")
@pytest.mark.parametrize("name", [
    pytest.param("Müller 肺 лёгкие.jpeg", id="unicode"),
    pytest.param("chest (1) - copy .jpeg", id="spaces"),
    pytest.param("l" * 250 + ".jpeg", id="255 bytes"),
    pytest.param("-rf.jpeg", id="like an option"),
    pytest.param("covid.png.JPEG", id="two suffixes"),
])
def test_an_unusual_name_is_a_name(archive_bench, name):
    before = pictures(archive_bench)[COVID]
    accepted(archive_bench, renamed(COVID, name), patients(archive_bench).replace(f"{COVID},", f"{name},"))
    assert rows(archive_bench).loc[name, ["role", "group"]].tolist() == ["study", "ieee8023-150"]
    assert (pictures(archive_bench)[name] == before).all()


@pytest.mark.line(47, "input")
@pytest.mark.parametrize(("name", "said"), [
    pytest.param("l" * 251 + ".jpeg", "has a name that is not allowed", id="256 bytes"),
    pytest.param("肺" * 84 + ".jpeg", "has a name that is not allowed", id="257 bytes of 89 letters"),
    pytest.param("bell\a.jpeg", "has a name that is not allowed", id="a control character"),
    pytest.param("\u202ege.jpeg", "has a name that is not allowed", id="written backwards"),
])
def test_a_name_that_no_disk_or_reader_takes_is_refused(archive_bench, name, said):
    refused(archive_bench, "download", f"^error: the zip's entry '{PICTURES}/train/.*' {said}: it is not Kaggle's",
            change=renamed(COVID, name), table=patients(archive_bench).replace(f"{COVID},", f"{name},"))


@pytest.mark.line(47, "input")
def test_a_letter_in_two_pieces_as_macos_writes_it_is_refused_by_line(archive_bench):
    refused(archive_bench, "download", r"line \d+ has 'Mu\u0308ller.jpeg', which is no plain name of a jpg,",
            change=renamed(COVID, "Mu\u0308ller.jpeg"))
