"""The page and the card: of the tiny pipeline's own outs, whole, self-contained, no wider than a phone."""

import json
import re
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from xrays import params
from xrays.report import facts, overlays, page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
           "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="module")
def made(reproduced):
    return reproduced.folder / "reports"


def test_the_page_says_the_numbers_of_metrics_with_their_intervals(reproduced, made):
    text, values = (made / "report.html").read_text(), json.loads(reproduced.read("metrics/metrics.json"))
    for name in ("sensitivity", "specificity", "auroc"):
        assert f"{values[f'{name}_ci_low']:.3f} to {values[f'{name}_ci_high']:.3f}" in text, name
    audit = json.loads(reproduced.read("metrics/audit.json"))
    assert audit["verdict"][1:] in text and f"{audit['thumbnail_without_lungs_auroc']:.4f}" in text
    assert "This is no diagnostic device." in text and "<b>not calibrated</b>" in text


def test_the_page_asks_for_nothing_from_outside(made):
    text = (made / "report.html").read_text()
    assert "default-src 'none'" in text and "<script" not in text
    sources = re.findall(r"(?:src|href)=\"([^\"]*)", text)
    assert len(sources) > 20 and all(source.startswith(("data:image/png;base64,", "#")) for source in sources)


def test_synthetic_stands_in_title_stamp_card_and_every_picture(made):
    text = (made / "report.html").read_text()
    assert "SYNTHETIC" in re.search("<title>(.*)</title>", text)[1] and 'class="stamp">SYNTHETIC' in text
    assert all("SYNTHETIC" in alt for alt in re.findall(r'alt="(chest X-ray[^"]*)', text))
    assert "SYNTHETIC" in (made / "model_card.md").read_text()


def test_the_card_travels_with_the_package_and_predictions_too(reproduced, made):
    export = reproduced.folder / "export"
    assert (export / "README.md").read_bytes() == (made / "model_card.md").read_bytes()
    assert (export / "predictions.csv").read_bytes() == (reproduced.folder / "metrics/predictions.csv").read_bytes()
    card = (made / "model_card.md").read_text()
    items = (1, 2, "3a", 4, "5a", "6a", 7, "8a", 9, 10, 11, "12a", 13, 14, 15, 16, 17, "18a", 19, 20, 21, 23, 24, 25, 27)
    assert all(f"({item}" in card for item in items) and "(22)" in card
    assert "threshold" in json.loads((export / "model.json").read_text())["models"]["fold-0-seed-0"]


def test_the_rows_of_the_matrix_add_up_and_errors_have_the_mirrored_interval():
    values = {"tn": 9, "fp": 1, "fn": 2, "tp": 8, "specificity_ci_low": 0.6, "specificity_ci_high": 0.98,
              "sensitivity_ci_low": 0.5, "sensitivity_ci_high": 0.94}
    cells = facts.matrix(values)
    assert [cell["count"] for cell in cells] == ["9", "1", "2", "8"]
    assert [cell["interval"] for cell in cells] == ["60.0 to 98.0 %", "2.0 to 40.0 %", "6.0 to 50.0 %", "50.0 to 94.0 %"]


def test_an_overlay_leaves_a_picture_alone_where_the_map_is_dark():
    picture, heat = np.full((64, 64), 90, np.uint8), np.zeros((16, 16), np.uint8)
    assert np.all(overlays.laid_over(picture, heat) == 90)
    heat[8:] = 255
    assert not np.all(overlays.laid_over(picture, heat)[200:] == 90)


def test_what_is_not_reported_says_so():
    row = {"stratum": "sex", "value": "F", "sensitivity": "", "specificity": "0.9", "specificity_ci_low": "0.8",
           "specificity_ci_high": "0.95", "auroc": ""}
    shown = facts.strata({"strata_rows": [row]})[0]
    assert shown["sensitivity"] == "not reported" and shown["specificity"] == "0.900 (0.800 to 0.950)"


def test_page_and_card_name_each_rules_number_and_what_is_calibrated(reproduced, made):
    text, card = (made / "report.html").read_text(), (made / "model_card.md").read_text()
    for row in facts.read(reproduced.folder / "metrics", reproduced.folder / "data/filtered")["audit_rows"]:
        assert f"<td>{row['check']}<br><code>{row['number']}</code></td>" in text, row["check"]
        assert f"| {row['check']} | `{row['number']}` |" in card, row["check"]
    audit = json.loads(reproduced.read("metrics/audit.json"))
    for said in (text, card):
        assert f"({facts.limits(audit, 'shortcut_ratio', 2)})" in said and "threshold, uncalibrated" in said
        assert "the calibrated probability, against the uncalibrated one, is" in said
        assert "in folds that were not held out" in said  # train.folds [0, 1] of three
    assert re.search(r"<figcaption>uncalibrated: p = \d\.\d{3}, threshold \d\.\d{3}; calibrated: p = ", text)


def test_external_pictures_of_one_class_are_said_not_denied(reproduced, monkeypatch):
    monkeypatch.chdir(reproduced.folder)
    run, settings = facts.read(), params.load()
    whole = page.card(page.said(run, settings))
    assert "internal and external evaluation" in whole and "| AUROC |" in whole.split("### External pictures")[1]
    assert "Confusion matrix, external pictures" in page.html(page.said(run, settings), facts.METRICS, {})
    lost = {"pictures": 6.0, "patients": 5.0, "n_covid": 6.0, "n_normal": 0.0, "sensitivity": 0.5,
            "sensitivity_ci_low": 0.2, "sensitivity_ci_high": 0.8}
    words = page.said(run | {"external": lost}, settings)
    for said in (page.card(words).split("### External pictures")[1], page.html(words, facts.METRICS, {})):
        assert "6 pictures (6 COVID-19, 0 Normal) of 5 patients" in said and "One class is missing" in said
        assert "0.200 to 0.800" in said and "no external pictures" not in said and "None in this run" not in said
        assert "Confusion matrix, external pictures" not in said
    none = {"external": {"pictures": 0.0, "patients": 0.0, "n_covid": 0.0, "n_normal": 0.0}}
    words = page.said(run | none | {"data": run["data"] | {"external_dropped": 3.0}}, settings)
    assert "all 3 were dropped" in page.card(words) and "all 3 were dropped" in page.html(words, facts.METRICS, {})
    words = page.said(run | none | {"data": run["data"] | {"external_dropped": 0.0}}, settings)
    assert "None in this run." in page.card(words) and "no external pictures" in page.html(words, facts.METRICS, {})


@pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed (Debian: apt-get install chromium)")
@pytest.mark.parametrize("width", [1280, 390])
def test_in_a_browser_the_page_is_drawn_and_nothing_sticks_out_of_it(made, tmp_path, width):
    """Drawn in a frame of the width asked for, on a page 400 pixels wider: whatever sticks out would scroll the frame."""
    frame = tmp_path / "frame.html"
    frame.write_text(f'<body style="margin:0;background:#f0f"><iframe src="{made / "report.html"}" scrolling="no" '
                     f'style="border:0;width:{width}px;height:2000px"></iframe>')
    subprocess.run([CHROMIUM, *OPTIONS, f"--user-data-dir={tmp_path / 'profile'}", f"--window-size={width + 400},2000",
                    f"--screenshot={tmp_path / 'page.png'}", frame.as_uri()], check=True, capture_output=True, timeout=120)
    drawn = np.asarray(Image.open(tmp_path / "page.png").convert("RGB"))
    inside, outside = drawn[:, :width], drawn[:, width:]
    assert (outside == (255, 0, 255)).all() and (inside.min(axis=2) < 120).mean() > 0.005
    edge = inside[100:, -8:]  # the page's own margin: whatever is wider than the page would cross it
    assert (edge > 200).all()

