"""Does data/raw hold what the phantom's plan says? Known without drawing a picture."""

import shutil

import pytest

from xrays.verification import source

GIVEN = {
    "data.source": "phantom", "data.sha256": "", "data.external_sha256": "", "data.cases": [], "phantom.preset": "clean",
    "phantom.rho": "preset", "phantom.shortcuts": "preset", "phantom.external": "elsewhere", "phantom.patients": 16, "phantom.seed": 0,
}


def test_a_whole_phantom_has_no_fault_and_nothing_but_what_is_planned(archive):
    assert set(GIVEN) == source.NEEDED
    assert source.fault(archive.folder, GIVEN) == ""
    there = {path.relative_to(archive.folder).as_posix() for path in archive.folder.rglob("*") if path.is_file()}
    assert there == set(source.planned(GIVEN))


@pytest.mark.parametrize("place", ["masks", "external/pictures", "external/masks", "external/pictures.csv"])
def test_a_lost_mask_or_external_picture_is_named(archive, tmp_path, place):
    copy = shutil.copytree(archive.folder, tmp_path / "raw")
    lost = copy / place if place.endswith(".csv") else sorted((copy / place).iterdir())[0]
    lost.unlink()
    assert source.fault(copy, GIVEN) == f"1 of {len(source.planned(GIVEN))} files missing or cut ({lost.name})"
