"""params.yaml, read and changed by the one schema (xrays/schema.py); every mistake is reported at once with its line.

Read as YAML 1.2, as DVC does (PyYAML reads `1e-3` as text and `012` as 10).
"""

import json
import re
from pathlib import Path

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from xrays.console import BadInput
from xrays.schema import EITHER, Data, Evaluate, Filter, Params, Phantom, Probe, Split, Train, conflicts

__all__ = ["Data", "Evaluate", "Filter", "Params", "Phantom", "Probe", "Split", "Train", "load", "save"]

PATH = Path("params.yaml")
# How tokens of GitHub, AWS, Google, Kaggle and Slack begin, and private keys; a SHA-256 holds none of these letters.
SECRET = re.compile(r"gh[oprsu]_\w{16}|github_pat_\w{16}|A[KS]IA[0-9A-Z]{16}|AIza[\w-]{30}|KGAT_\w{16}|xox[a-z]-\w{8}"
                    r"|-----BEGIN [A-Z ]*PRIVATE KEY")
WORD = re.compile(r"[a-z]+[0-9]*")


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
        told = (_mistake(path, document, error) for error in _merged(errors.errors()))
        raise BadInput("\n".join(told)) from None
    found = [f"{path}:{_line(document, where)}: {'.'.join(where)}: {text}" for where, text in conflicts(params)]
    if found:
        raise BadInput("\n".join(found))
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


def save(changes: dict[str, str | int | float | bool | list[int] | list[str]], path: Path = PATH) -> None:
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


def _merged(errors: list[dict]) -> list[dict]:
    """One error for a key of two types, about the part of its value that is wrong; all others as they are."""
    merged = {}
    for error in errors:
        key, place = ".".join(map(str, error["loc"][:2])), error["loc"]
        if key in EITHER and error["type"] not in ("missing", "extra_forbidden"):
            error = error | {"loc": place[:2], "type": "either", "msg": f"must be {EITHER[key]}"}
            place = place[:2]
        merged[place] = error  # the last one: a list's element comes after the complaint that a list is no word
    return list(merged.values())


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
