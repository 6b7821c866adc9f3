"""A grid of params: its points, their names, and whether params.yaml would take each of them."""

import hashlib
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dvc.exceptions import DvcException
from dvc.utils.hydra import get_hydra_sweeps
from hydra.errors import HydraException
from ruamel.yaml import YAML

from xrays import params
from xrays.console import BadInput

LONGEST = 60  # characters of a name, a Git ref on the command line


@dataclass(frozen=True)
class Point:
    """name: of the experiment; overrides: "train.lr=0.003" as `dvc exp run --set-param` takes them."""

    name: str
    overrides: tuple[str, ...]

    @property
    def changes(self) -> dict[str, object]:
        parts = [override.partition("=") for override in self.overrides]
        return {key: YAML(typ="safe").load(value) for key, _, value in parts}


def points(given: list[str]) -> list[Point]:
    """Every combination of ["train.lr=0.001,0.003", "train.seeds=[0],[1]"], in Hydra's grammar, as DVC reads it.

    Raises BadInput for what is no override, no param, or a value that params.yaml refuses.
    """
    if not given:
        raise BadInput("no grid: name params and values, such as make experiments GRID='train.lr=0.001,0.003 "
                       "train.epochs=16,24'")
    try:
        sweeps = get_hydra_sweeps({params.PATH.name: given})
    except (DvcException, HydraException) as error:
        raise BadInput(f"GRID: {str(error).splitlines()[0]}: write param=value,value") from None
    found = [Point(_name(overrides[params.PATH.name]), tuple(overrides[params.PATH.name])) for overrides in sweeps]
    if twice := {one.name for one in found if sum(one.name == other.name for other in found) > 1}:
        raise BadInput(f"GRID: two experiments would be called {min(twice)}: leave one of the equal values out")
    for one in found:
        _check(one)
    return found


def _name(overrides: list[str]) -> str:
    """The same point has the same name, so that the same command again finds what it ran, and no other point has it."""
    leaves = [name for section in params.load().model_dump().values() for name in section]
    parts = [(one.partition("=")[0].partition("."), one.partition("=")[2]) for one in overrides]
    words = "-".join(f"{f'{section}-' * (leaves.count(leaf) > 1)}{leaf}-{value}" for (section, _, leaf), value in parts)
    name = re.sub(r"[^A-Za-z0-9.]+", "-", words).strip("-.")
    return name if len(name) <= LONGEST else f"{name[:LONGEST - 7]}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def _check(point: Point) -> None:
    present = params.load().model_dump()
    for key in point.changes:
        section, _, name = key.partition(".")
        if name not in present.get(section, {}):
            raise BadInput(f"GRID: {key} is no param: {params.PATH} lists them all")
    with tempfile.TemporaryDirectory() as folder:
        tried = Path(folder) / params.PATH.name
        shutil.copyfile(params.PATH, tried)
        try:
            params.save(point.changes, tried)
        except BadInput as error:
            lines = str(error).replace(f"{tried.with_name(f'.{tried.name}.unfinished')}:", "").splitlines()
            raise BadInput(f"GRID: {', '.join(point.overrides)}: {lines[0].partition(': ')[2]}") from None
