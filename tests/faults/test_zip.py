"""Lines 15 to 17: a zip with entries that no archive of pictures has, and one that is another data set."""

import io
import stat
import zipfile
from collections.abc import Callable

import pytest

from tests.faults.archives import METADATA, PICTURES, give, take_back, zipped, zipped_folder
from tests.faults.bench import Bench

PICTURE = f"{PICTURES}/train/b.jpeg"
KAGGLES = r"it is not Kaggle's archive \(about 5,935 entries, 1\.2 GB\); download that again"


def with_entry(bench: Bench, name: str, mode: int = 0, content: bytes = b"b") -> bytes:
    """The bench's own zip with one entry more."""
    buffer = io.BytesIO(zipped_folder(bench.folder / "data/raw"))
    with zipfile.ZipFile(buffer, "a") as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = mode << 16
        archive.writestr(entry, content)
    return buffer.getvalue()


def encrypted(bench: Bench) -> bytes:
    body = bytearray(with_entry(bench, PICTURE))
    for signature, flags in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        body[body.rindex(signature) + flags] |= 1
    return bytes(body)


def lying(bench: Bench) -> bytes:
    """The zip's last entry claims 4 GB, thrice."""
    body = bytearray(with_entry(bench, PICTURE))
    at = len(body)
    for _ in range(3):
        at = body.rindex(b"PK\1\2", 0, at)
        body[at + 24:at + 28] = (0xFFFFFFF0).to_bytes(4, "little")
    return bytes(body)


def deflated(bench: Bench) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(PICTURE, bytes(20_000_000))  # to 20 kB
    return buffer.getvalue()


def refused(bench: Bench, body: bytes, *says: str) -> None:
    """The zip is refused before a byte of it is written, and the person's own zip works again."""
    give(bench, body=body)
    before = sorted(bench.folder.parent.rglob("*.jpeg"))
    bench.fails("download", *says)
    assert set(bench.folder.parent.rglob("*.jpeg")) <= set(before)
    take_back(bench)
    bench.recovers("download", "filter")


@pytest.mark.line(15, "input")
@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name, mode, says", [
    pytest.param("../evil.jpeg", 0, "'../evil.jpeg' would not stay in its folder", marks=pytest.mark.sample),
    ("/tmp/evil.jpeg", 0, "'/tmp/evil.jpeg' would not stay in its folder"),
    ("a\\..\\evil.jpeg", 0, "has a name that is not allowed"),
    (PICTURE, stat.S_IFLNK | 0o777, f"'{PICTURE}' is a link or a device"),
    (PICTURE, stat.S_IFCHR | 0o666, f"'{PICTURE}' is a link or a device"),
    ("setup.exe", 0, "'setup.exe' is neither csv, jpeg, jpg nor png")],
    ids=["climbs", "absolute", "backslash", "link", "device", "program"])
def test_an_entry_that_is_no_picture_of_ours_is_named(archive_bench, name, mode, says):
    refused(archive_bench, with_entry(archive_bench, name, mode), f"the zip's entry .*{says}: {KAGGLES}")


@pytest.mark.line(15, "input")
@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("twin", [METADATA, METADATA.upper(), f"{METADATA}/a.jpeg"], ids=["same", "case", "below"])
def test_an_entry_that_would_land_on_another_is_named(archive_bench, twin):
    refused(archive_bench, with_entry(archive_bench, twin), rf"the zip holds '{METADATA}\S* twice \(or in upper")


@pytest.mark.line(15, "input")
def test_an_encrypted_entry_is_named(archive_bench):
    refused(archive_bench, encrypted(archive_bench), f"the zip's entry '{PICTURE}' is encrypted: {KAGGLES}")


@pytest.mark.line(16, "input")
@pytest.mark.parametrize("bomb, says", [
    (deflated, r"the zip holds 1,\d{3} times its own size unpacked, more than the 200 allowed: "),
    (lying, r"the zip holds 12,\d{3},\d{3},\d{3} bytes unpacked, more than the 10,000,000,000 allowed: "),
    (lambda bench: zipped({f"{number}.jpeg": b"" for number in range(20_001)}),
     "the zip holds 20,001 entries, more than the 20,000 allowed: ")], ids=["ratio", "size", "count"])
def test_a_bomb_is_refused_before_a_byte_is_written(archive_bench, bomb: Callable[[Bench], bytes], says):
    refused(archive_bench, bomb(archive_bench), says + KAGGLES)


@pytest.mark.line(17, "input")
@pytest.mark.parametrize("body, says", [
    (zipped({"images/a.png": b"", "labels.csv": b"a,b\n"}), f"{METADATA} is not in it: this is another data set; "),
    (zipped({METADATA: b",X_ray_image_name,Label,Dataset_type,Label_2_Virus_category,Label_1_Virus_category\n"
                       b"0,a.jpeg,Normal,TRAIN,,\n", "train/a.jpeg": b""}),
     "none of the 1 pictures .* lies in .*: this is another data set, or was packed anew: take the zip as")],
    ids=["another", "packed anew"])
def test_a_zip_of_another_data_set_is_named(archive_bench, body, says):
    refused(archive_bench, body, says)


@pytest.mark.line(8, "input")
@pytest.mark.parametrize("spoil", [lambda body: body[:-30], lambda body: body[:len(body) // 2],
                                   lambda body: body[:5000] + bytes(200) + body[5200:]], ids=["end", "half", "within"])
def test_a_zip_that_is_damaged_is_named(archive_bench, spoil: Callable[[bytes], bytes]):
    refused(archive_bench, spoil(zipped_folder(archive_bench.folder / "data/raw")),
            r"the zip is damaged or incomplete \(.*\): download the archive again")
