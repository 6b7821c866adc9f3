"""make review: what this branch changed, what came of it, and whether to believe it; as Markdown for a pull request.

Examples: make review; make review BASE=branch; make review HTML=review.html JSON=review.json. From Git alone, in seconds.
The base is main, or origin/main where there is no main. Exit code: 0 fine, 3 worse beyond noise, 4 stale (dvc.lock or
metrics/ do not belong to the code), 5 not comparable, 1 bad input; ALLOW="worse stale" lets those pass. make itself ends
with 2 for any of them and prints it ("Error 3"); .venv/bin/python -m commands.review ends with it, exit_code in JSON is it.
"""

import sys
from pathlib import Path

from xrays import console, files
from xrays.review import comparison, machine, markdown, page, revisions

WORDS = {"worse": "worse", "stale": "stale", "not-comparable": "not comparable"}
OPTIONS = {
    "base": {"help": "branch, tag or commit to compare with (default: main)"},
    "head": {"help": "branch, tag, commit or experiment to judge (default: the work tree)"},
    "html": {"type": Path, "metavar": "FILE", "help": "write it as one offline page, with pictures where data/filtered is"},
    "json": {"type": Path, "metavar": "FILE", "help": "write it for machines; - prints it instead of the Markdown"},
    "markdown": {"type": Path, "metavar": "FILE", "help": "write the Markdown to a file too"},
    "allow": {"nargs": "+", "choices": WORDS, "default": [], "help": "end with 0 in spite of these"},
}


def main() -> None:
    given = console.arguments("make review", __doc__, **OPTIONS)
    base, said = revisions.base(given.base)
    head = revisions.named(given.head) if given.head else revisions.of_work_tree()
    review = comparison.of(base, head, (said, revisions.behind(base, head)))
    code = review.code({WORDS[word] for word in given.allow})
    text, found = markdown.write(review), machine.write(review, code)
    written = [(given.markdown, text), (given.json, found + "\n")]
    if given.html:
        written.append((given.html, page.write(review)))
    for path, content in written:
        if path and str(path) != "-":
            with files.whole(path) as unfinished:
                unfinished.write_text(content, encoding="utf-8")
    print(found if str(given.json) == "-" else text)
    sys.exit(code)


if __name__ == "__main__":
    console.run(main)
