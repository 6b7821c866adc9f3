"""The one schema of params.yaml: types, ranges, meaning; every mistake is reported at once with its line.

Read as YAML 1.2, as DVC does (PyYAML reads `1e-3` as text and `012` as 10).
"""

import json
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from xrays.console import BadInput

PATH = Path("params.yaml")
SHA256 = r"[0-9a-f]{64}"
# How tokens of GitHub, AWS, Google, Kaggle and Slack begin, and private keys; a SHA-256 holds none of these letters.
SECRET = re.compile(r"gh[oprsu]_\w{16}|github_pat_\w{16}|A[KS]IA[0-9A-Z]{16}|AIza[\w-]{30}|KGAT_\w{16}|xox[a-z]-\w{8}"
                    r"|-----BEGIN [A-Z ]*PRIVATE KEY")
WORD = re.compile(r"[a-z]+[0-9]*")

Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
Hash = Annotated[str, Field(pattern=f"^({SHA256})?$")]
Share = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Data(Section):
    source: Literal["phantom", "kaggle", "archive"]
    sha256: Hash
    patients: Literal["required", "none"]
    patients_sha256: Hash


class Phantom(Section):
    preset: Literal["clean"]
    patients: int = Field(ge=8, le=20_000)
    seed: Seed


class Filter(Section):
    size: int = Field(ge=32, le=512)
    fit: Literal["crop", "squash"]
    max_bad: Share


class Split(Section):
    method: Literal["grouped", "article"]
    folds: int = Field(ge=2, le=20)
    seed: Seed
    min_positive: int = Field(ge=1, le=1000)


class Train(Section):
    folds: list[Annotated[int, Field(ge=0, le=19)]] = Field(min_length=1)
    seeds: list[Seed] = Field(min_length=1)
    arch: Literal["resnet18", "resnet50"]
    weights: str = Field(pattern=f"^(none|imagenet|{SHA256})$")
    normalize: Literal["imagenet", "none"]
    size: int = Field(ge=32, le=512)
    epochs: int = Field(ge=1, le=1000)
    batch: int = Field(ge=2, le=1024)
    lr: float = Field(gt=0, le=1)
    frozen: bool
    augment: bool
    flip: bool
    balance: Literal["none", "sampler"]
    inner_share: float = Field(ge=0.05, le=0.5)
    determinism: Literal["portable", "fast"]
    threads: int = Field(ge=1, le=256)
    device: Literal["cpu", "cuda", "auto"]


class Evaluate(Section):
    threshold: Literal["inner", "half"]
    shown: int = Field(ge=1, le=60)


class Params(Section):
    data: Data
    phantom: Phantom
    filter: Filter
    split: Split
    train: Train
    evaluate: Evaluate


def load(path: Path = PATH) -> Params:
    """Read and check params.yaml. Raises BadInput that lists every mistake, one a line, with file and line."""
    text = _text(path)
    try:
        document = YAML().load(text)
    except YAMLError as error:
        raise BadInput(_syntax(path, text, error)) from None
    if not isinstance(document, CommentedMap):
        raise BadInput(f"{path} holds no sections: restore it with `git checkout {path}`")
    try:
        params = Params.model_validate(document)
    except ValidationError as errors:
        raise BadInput("\n".join(_mistake(path, document, error) for error in errors.errors())) from None
    conflicts = [f"{path}:{_line(document, where)}: {'.'.join(where)}: {text}" for where, text in _conflicts(params)]
    if conflicts:
        raise BadInput("\n".join(conflicts))
    return params


def _text(path: Path) -> str:
    """What the file says, unless it is no text or holds what must not get into a message, into dvc.lock or into Git."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadInput(f"{path} is missing: run this in the root of the project, or restore it with "
                       f"`git checkout {path}`") from None
    except UnicodeDecodeError as error:
        line = error.object[:error.start].count(b"\n") + 1
        raise BadInput(f"{path}:{line}: is not UTF-8 text: save the file as UTF-8") from None
    for number, line in enumerate(text.splitlines(), 1):
        if SECRET.search(line):
            raise BadInput(f"{path}:{number}: looks like a secret (a token or a private key), and Git keeps this file "
                           "for ever: delete it here, revoke it where it was issued, and give the new one to the "
                           "environment or to .dvc/config.local")
        if line.startswith("<<<<<<< "):
            raise BadInput(f"{path}:{number}: is an unfinished merge: keep the lines of one side and delete the "
                           "others, <<<<<<<, ======= and >>>>>>> too")
    return text


def save(changes: dict[str, str | int | float | bool | list[int]], path: Path = PATH) -> None:
    """Change dotted keys in place, comments and columns kept; checked as a whole before it replaces the file."""
    load(path)  # a file with mistakes of its own is told before it is touched
    text = path.read_text(encoding="utf-8")
    document, lines = YAML().load(text), text.splitlines()
    for key, value in changes.items():
        at = _line(document, tuple(key.split("."))) - 1
        comment = lines[at].partition("#")[2]
        entry = f"  {key.split('.')[1]}: {value if isinstance(value, str) and WORD.fullmatch(value) else json.dumps(value)}"
        lines[at] = f"{entry:<27} #{comment}" if comment else entry
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.write_text("\n".join(lines) + "\n", encoding="utf-8")
        load(unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _conflicts(params: Params) -> list[tuple[tuple[str, str], str]]:
    """Keys that are fine alone but not together."""
    train, split = params.train, params.split
    outside = [fold for fold in train.folds if fold >= split.folds]
    rules = {
        ("train", "folds"): [
            (sorted(set(train.folds)) != train.folds, "must be sorted and without repeats"),
            (bool(outside), f"{outside} not among the folds 0 to {split.folds - 1} of split.folds"),
            (split.method == "article" and train.folds != [0], "must be [0] with split.method: article, whose "
                                                               "fold 0 is its validation part"),
        ],
        ("train", "seeds"): [(sorted(set(train.seeds)) != train.seeds, "must be sorted and without repeats")],
        ("train", "size"): [(train.size > params.filter.size, f"{train.size} is larger than filter.size "
                                                              f"{params.filter.size}")],
        ("train", "device"): [(train.determinism == "portable" and train.device != "cpu",
                               "must be cpu with train.determinism: portable (or set that to fast)")],
    }
    return [(where, text) for where, checks in rules.items() for broken, text in checks if broken]


def _mistake(path: Path, document: CommentedMap, error: dict) -> str:
    where = tuple(str(part) for part in error["loc"])
    kind = {
        "missing": f"is missing: put its line back (`git diff {path}` shows it)",
        "extra_forbidden": "is no key of this project: delete it, or correct its name",
        "model_type": "must be a section of keys",
        "string_pattern_mismatch": f"{_shown(error['input'])} is not allowed: must be a SHA-256 in hex or one of the "
                                   "words in the comment",
        "too_short": "must hold at least one number",
    }.get(error["type"])
    kind = kind or f"{_shown(error['input'])} is not allowed: {re.sub('^Input should be ', 'must be ', error['msg'])}"
    return f"{path}:{_line(document, where)}: {'.'.join(where)}: {kind}"


def _shown(value: object) -> str:
    """A value in YAML's words; of a long text only the beginning, for it may be a password in the wrong place."""
    if isinstance(value, str):
        return repr(value) if len(value) <= 12 else f"{value[:4]!r}… ({len(value)} characters)"
    if isinstance(value, (list, dict)):
        return "a list" if isinstance(value, list) else "a section"
    return json.dumps(value).lower() if value is None or isinstance(value, bool) else f"{value}"


def _line(document: CommentedMap, where: tuple[str, ...]) -> int:
    """Line of a key; of its section where the key is missing."""
    node, line = document, 1
    for part in where:
        if not isinstance(node, CommentedMap) or part not in node:
            break
        line, node = node.lc.key(part)[0] + 1, node[part]
    return line


def _syntax(path: Path, text: str, error: YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    line = mark.line if mark else text.count("\n", 0, getattr(error, "position", 0))
    problem = str(getattr(error, "problem", None) or error).strip().splitlines()[0].partition(" with value")[0]
    return f"{path}:{line + 1}: is not valid YAML ({problem}): correct that line"
