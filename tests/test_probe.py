"""All else that a network is asked: about which pictures, where it looks, and by heads fitted on shuffled labels."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

import stages
from stages import probe as stage
from xrays import classifier, files, gradcam, params, refit, variants
from xrays.console import BadInput

SIDE, DRAWS = 32, 3
PLACE = {"study": [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2], "control": [0, 1, 2]}
NOTHING = ["image", "sha256", "label", "group", "role", "reason", "width", "height", "bytes", "mode"]


def manifest() -> pd.DataFrame:
    """Twelve study pictures in three folds, three controls (one of study patient p1) and a dropped row."""
    rows = [{"image": f"s{11 - n:02}.png", "label": ["Normal", "COVID-19"][n % 2], "group": f"p{n % 6 if n < 9 else n}",
             "fold": str(PLACE["study"][n]), "role": "study"} for n in range(12)]
    rows += [{"image": f"c{n}.png", "label": "SARS", "group": ["q0", "p1", "q2"][n], "fold": str(n), "role": "control"}
             for n in range(3)]
    dropped = {"image": "x.png", "label": "Normal", "group": "p0", "fold": "", "role": "dropped"}
    return pd.DataFrame([dropped, *rows])


@pytest.fixture(scope="module")
def model() -> torch.nn.Sequential:
    torch.manual_seed(0)
    made = classifier.build("resnet18").to(memory_format=torch.channels_last)
    torch.nn.init.normal_(made[1][-1].weight)
    return made.eval()


@pytest.fixture
def place(tmp_path, monkeypatch, model) -> Path:
    """What earlier stages leave, with a model of fold 0."""
    monkeypatch.chdir(tmp_path)
    stream = np.random.default_rng(0)
    for folder, count in ((stage.FILTERED, 15), (stage.EXTERNAL, 0)):
        folder.mkdir(parents=True)
        np.save(folder / "pictures.npy", stream.integers(0, 256, (count, SIDE, SIDE), np.uint8))
        lungs = np.zeros((count, SIDE, SIDE), bool)
        lungs[:, 8:20, 6:26] = True
        np.save(folder / "lungs.npy", lungs)
    files.write_csv(stage.FILTERED / "manifest.csv", manifest())
    files.write_csv(stage.EXTERNAL / "manifest.csv", pd.DataFrame(columns=NOTHING))
    stage.MODELS.mkdir()
    about = {"fold": 0, "seed": 0, "arch": "resnet18", "size": SIDE, "normalize": "imagenet"}
    classifier.save(model, stage.MODELS / "fold-0-seed-0.safetensors", about)
    settings = params.load(Path(__file__).parent.parent / "params.yaml")
    train = settings.train.model_copy(update={"threads": 1})
    asked = settings.probe.model_copy(update={"permutations": DRAWS})
    monkeypatch.setattr(params, "load", lambda: settings.model_copy(update={"train": train, "probe": asked}))
    monkeypatch.setattr(stages, "NAME", "probe@0-0")
    threads = torch.get_num_threads()
    yield tmp_path
    torch.use_deterministic_algorithms(False)
    torch.set_num_threads(threads)  # other tests compare bits with those of other processes


def made() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(stage.PROBES.glob("*"))}


def test_the_same_model_asked_twice_gives_the_same_bytes_and_says_what_it_did(place, capsys):
    stage.main()
    first = made()
    stage.main()
    assert made() == first
    assert list(first) == [f"fold-0-seed-0.{end}" for end in ("cams.npy", "logits.csv", "permuted.csv")]
    assert "asking about 4 held-out pictures in 10 variants, 2 controls and 0 external" in capsys.readouterr().out


def test_held_out_pictures_are_asked_in_every_variant_and_the_rest_as_they_are(place, model):
    add_external(["e1.png", "e0.png"])
    stage.main()
    table = pd.read_csv(stage.PROBES / "fold-0-seed-0.logits.csv")
    assert list(table) == ["image", "role", "variant", "logit"]
    rows = manifest().query("role != 'dropped'").reset_index(drop=True)
    outer = rows[(rows["role"] == "study") & (rows["fold"] == "0")]
    assert {name: sorted(part["image"]) for name, part in table[table["role"] == "study"].groupby("variant")} == {
        name: sorted(outer["image"]) for name in variants.ALL}
    others = table[table["role"] != "study"]
    assert sorted(zip(others["role"], others["image"])) == [
        ("control", "c0.png"), ("control", "c2.png"), ("external", "e0.png"), ("external", "e1.png")]
    assert set(others["variant"]) == {"full"}
    pictures = np.load(stage.FILTERED / "pictures.npy")[outer.index]
    expected = classifier.logits(model, torch.from_numpy(pictures), "imagenet")
    full = table[(table["role"] == "study") & (table["variant"] == "full")].set_index("image")["logit"]
    assert np.allclose(full.loc[outer["image"]], expected, atol=1e-5) and full.nunique() == 4


def add_external(images: list[str]) -> None:
    """External pictures in this order, and a dropped row between them that has none."""
    rows = [{"image": image, "label": "Normal", "role": "external"} for image in images]
    rows.insert(1, {"image": "dropped.png", "label": "Normal", "role": "dropped", "reason": "unreadable"})
    files.write_csv(stage.EXTERNAL / "manifest.csv", pd.DataFrame(rows, columns=NOTHING))
    grey = np.random.default_rng(1).integers(0, 256, (len(images), SIDE, SIDE), np.uint8)
    np.save(stage.EXTERNAL / "pictures.npy", grey)
    np.save(stage.EXTERNAL / "lungs.npy", np.ones((len(images), SIDE, SIDE), bool))


def test_a_control_whose_patient_was_trained_on_is_left_to_the_model_that_held_it_out():
    rows = manifest().query("role != 'dropped'").reset_index(drop=True)
    for fold, judged in (("0", ["c0.png", "c2.png"]), ("1", ["c0.png", "c1.png", "c2.png"])):
        outer = rows["role"].eq("study") & rows["fold"].eq(fold)
        assert list(rows["image"][stage.never_seen(rows, outer)]) == judged


def test_maps_lie_in_the_order_of_the_names(place, model):
    stage.main()
    rows = manifest().query("role != 'dropped'").reset_index(drop=True)
    outer = rows[(rows["role"] == "study") & (rows["fold"] == "0")].sort_values("image")
    pictures = torch.from_numpy(np.load(stage.FILTERED / "pictures.npy")[outer.index])
    assert np.array_equal(np.load(stage.PROBES / "fold-0-seed-0.cams.npy"), gradcam.maps(model, pictures, "imagenet"))


def test_every_draw_judges_every_held_out_picture(place):
    stage.main()
    table = pd.read_csv(stage.PROBES / "fold-0-seed-0.permuted.csv")
    assert list(table) == ["image", "draw", "logit"] and list(table["draw"].unique()) == [0, 1, 2, 3]
    assert set(table.groupby("draw")["image"].agg(tuple)) == {("s02.png", "s05.png", "s08.png", "s11.png")}
    assert np.isfinite(table["logit"]).all()


@pytest.mark.parametrize("name, array, said", [
    ("pictures", np.zeros((14, SIDE, SIDE), np.uint8), "14 pictures and 15 lungs for 15 rows"),
    ("lungs", np.zeros((15, SIDE, SIDE), bool), "no lung on 15 pictures \\(s11.png")])
def test_pictures_without_their_rows_or_without_lungs_are_refused_in_a_line(place, name, array, said):
    np.save(stage.FILTERED / f"{name}.npy", array)
    with pytest.raises(BadInput, match=f"{said}.*dvc repro filter"):
        stage.main()


def test_outside_dvc_the_stage_says_how_to_run_it(monkeypatch):
    monkeypatch.setattr(stages, "NAME", "")
    with pytest.raises(BadInput, match="dvc repro probe@0-0"):
        stage.fold_and_seed()
    monkeypatch.setattr(stages, "NAME", "probe@3-12")
    assert stage.fold_and_seed() == (3, 12)


class Block(torch.nn.Module):
    """A body of one layer, whose only two cells are the mean grey of the left and of the right half."""

    def forward(self, pictures):
        return torch.nn.functional.adaptive_avg_pool2d(pictures[:, :1], (1, 2))


@pytest.mark.parametrize("sign", [1, -1])
def test_grad_cam_shows_where_what_speaks_for_covid_is_and_nothing_where_nothing_does(sign):
    head = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(1, 2, bias=False))
    head[-1].weight.data = torch.tensor([[0.0], [float(sign)]])
    picture = torch.zeros((1, 8, 8), dtype=torch.uint8)
    picture[:, :, 4:] = 200
    heat, = gradcam.maps(torch.nn.Sequential(Block(), head), picture, "none")
    assert heat.shape == (gradcam.SIDE, gradcam.SIDE)
    if sign > 0:
        assert heat[:, -1].min() == 255 and heat[:, 0].max() == 0 and (np.diff(heat.astype(int), axis=1) >= 0).all()
    else:
        assert not heat.any()


def test_a_gradient_taken_at_the_block_leaves_none_in_the_network(model):
    maps = gradcam.maps(model, torch.randint(0, 256, (3, SIDE, SIDE), dtype=torch.uint8), "imagenet")
    assert maps.shape == (3, 16, 16) and maps.dtype == np.uint8 and set(maps.max(axis=(1, 2))) <= {0, 255}
    assert all(weight.grad is None for weight in model.parameters())
