"""report: metrics/, data/filtered, data/probes → reports/report.html, reports/model_card.md.

One page that opens without a network, for whoever has to decide whether to believe it. It shows pictures, so it stays
out of Git.
"""

from pathlib import Path

from xrays import console, files, params
from xrays.report import facts, overlays, page

FILTERED, PROBES = Path("data/filtered"), Path("data/probes")
METRICS, REPORTS = Path("metrics"), Path("reports")


def write(path: Path, text: str) -> None:
    with files.whole(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def main() -> None:
    settings = params.load()
    words = page.said(facts.read(METRICS, FILTERED), settings)
    shown = overlays.draw(FILTERED, PROBES, page.read_predictions(METRICS))
    write(REPORTS / "model_card.md", page.card(words))
    write(REPORTS / "report.html", page.html(words, METRICS, shown))
    print(words["headline"] + "".join(f" [{stamp}]" for stamp in words["stamps"]))


if __name__ == "__main__":
    console.run(main)
