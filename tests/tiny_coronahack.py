"""A CoronaHack of six pictures, as a folder, as a zip, and with the patients that ieee8023 knows of."""

import io
import random
import zipfile
from pathlib import Path

FOLDER = "Coronahack-Chest-XRay-Dataset/Coronahack-Chest-XRay-Dataset"
METADATA = "Chest_xray_Corona_Metadata.csv"
HEADER = ",X_ray_image_name,Label,Dataset_type,Label_2_Virus_category,Label_1_Virus_category"
ROWS = [
    "0,IM-0128-0001.jpeg,Normal,TRAIN,,",
    "1,NORMAL2-IM-0173-0001.jpeg,Normal,TEST,,",
    "3,person1_bacteria_1.jpeg,Pnemonia,TRAIN,,bacteria",
    "4,kjr-21-e24-g001-l-a.jpg,Pnemonia,TRAIN,COVID-19,Virus",
    "5,covid (1).png,Pnemonia,TRAIN,COVID-19,Virus",
    "9,SARS-10.1148rg.jpeg,Pnemonia,TRAIN,SARS,Virus",
]
PATIENTS = (
    "X_ray_image_name,patient,offset_days,sex,age,finding,view,modality,license\n"
    "SARS-10.1148rg.jpeg,9,5,F,46,SARS,AP,X-ray,\n"
    "covid (1).png,12,7,M,42,COVID-19,PA,X-ray,CC BY-SA\n"
    "kjr-21-e24-g001-l-a.jpg,63,,,,COVID-19,PA,X-ray,\n"
)
IEEE8023_HEADER = (
    "patientid,offset,sex,age,finding,RT_PCR_positive,survival,intubated,intubation_present,went_icu,in_icu,"
    "needed_supplemental_O2,extubated,temperature,pO2_saturation,leukocyte_count,neutrophil_count,lymphocyte_count,"
    "view,modality,date,location,folder,filename,doi,url,license,clinical_notes,other_notes,"
)
IEEE8023 = "\n".join([
    IEEE8023_HEADER,
    '63,,,,Pneumonia/Viral/COVID-19,Y,,,,,,,,,,,,,PA,X-ray,,"Seoul, Korea",images,kjr-21-e24-g001-l-a.jpg,,,,"a\nb",,',
    "12,7,M,42,Pneumonia/Viral/COVID-19,Y,,,,,,,,,,,,,PA,X-ray,2020,,images,covid (1).png,,,CC BY-SA,,,",
    "9,5,F,46,Pneumonia/Viral/SARS,,,,,,,,,,,,,,AP,X-ray,2004,,images,SARS-10.1148rg.jpeg,,,,,,",
    # As in the real table: a note whose comma nobody quoted, and notes that end too early.
    "2,5,M,65,Pneumonia/Viral/COVID-19,Y,,,,,,,,,,,,,PA,X-ray,2020,,images,neither.jpeg,,,,pO2 = 61.3 %, PCR = 12,,,,",
    "2,3,M,65,Pneumonia/Viral/COVID-19,Y,,,,,,,,,,,,,PA,X-ray,2020,,images,nor-this.jpeg,,",
    "2,0,M,65,Pneumonia/Viral/COVID-19,Y,,,,,,,,,,,,,PA,X-ray,2020,,images,not-in-coronahack.jpeg,,,,,,",
]) + "\n"


def metadata(rows: list[str] = ROWS) -> str:
    return "\n".join([HEADER, *rows]) + "\n"


def contents(rows: list[str] = ROWS, size: int = 100) -> dict[str, bytes]:
    """Name in the archive → bytes; each picture is noise of its own, and one CT slice stands in no row."""
    files = {METADATA: metadata(rows).encode()}
    for row in [*rows, "6,ct-slice.jpg,,TRAIN,,"]:
        name, part = row.split(",")[1], row.split(",")[3]
        files[f"{FOLDER}/{part.lower()}/{name}"] = random.Random(name).randbytes(size)
    return files


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def dvc_folder() -> None:
    """Make the working folder a DVC repository, in 1 ms; `dvc init` takes 300."""
    Path(".dvc").mkdir(exist_ok=True)
    Path(".dvc/config").write_text("[core]\n    no_scm = True\n")


def laid_out(folder: Path, rows: list[str] = ROWS) -> Path:
    for name, content in contents(rows).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder
