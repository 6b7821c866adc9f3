"""Lines 1 to 21: Kaggle, its client, its archive and the disk."""

import pytest

from tests.faults.archives import give, take_back


@pytest.mark.sample
@pytest.mark.line(9, "input")
def test_a_login_page_saved_as_a_zip_is_named(archive_bench):
    give(archive_bench, body=b"<!DOCTYPE html><html><title>Sign in</title></html>")
    archive_bench.fails("download", "the zip is a web page", "download the archive again")
    take_back(archive_bench)
    archive_bench.recovers("download", "filter")
