"""dvc.yaml says the truth: deps are what the modules import, every stage is described, every out is git-ignored."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

STAGES = YAML(typ="safe").load(Path("dvc.yaml"))["stages"]
# They cannot change a byte: the schema's values are tracked one by one, the others only speak, watch or check.
SILENT = {"xrays/params.py", "xrays/schema.py", "xrays/console.py", "xrays/environment.py", "xrays/inputs.py",
          "xrays/lifeline.py", "xrays/__init__.py"}


def imported(path: Path) -> set[str]:
    """Files of xrays/ that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in ("xrays", "stages", "commands"):
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    modules = {Path(*name.split(".")) for name in found}
    return {str(candidate) for module in modules for candidate in (module.with_suffix(".py"), module / "__init__.py")
            if candidate.is_file()}


def closure(path: Path) -> set[str]:
    seen, queue = set(), [str(path), "stages/__init__.py"]
    while queue:
        one = queue.pop()
        if one not in seen:
            seen.add(one)
            queue += imported(Path(one))
    return seen - {str(path), "stages/__init__.py"}


@pytest.mark.parametrize("name", STAGES)
def test_deps_name_every_module_that_can_change_a_byte(name):
    modules = {"xrays/phantom" if module.startswith("xrays/phantom/") else module
               for module in closure(Path(f"stages/{name}.py")) - SILENT}
    deps = {dep for dep in STAGES[name]["deps"] if dep.startswith(("xrays/", "stages/")) and not dep.endswith((".jinja", ".css"))}
    assert deps == modules | {f"stages/{name}.py"}


@pytest.mark.parametrize("name", STAGES)
def test_no_stage_imports_a_stage_and_only_three_import_torch(name):
    modules = closure(Path(f"stages/{name}.py"))
    assert not [module for module in modules if module.startswith(("stages/", "commands/"))]
    source = "".join(Path(module).read_text() for module in [*modules, f"stages/{name}.py"] if "/phantom/" not in module)
    assert ("import torch" in source) == (name in ("weights", "train", "probe"))


@pytest.mark.parametrize("name", STAGES)
def test_every_stage_is_described_and_runs_its_own_module(name):
    assert STAGES[name]["desc"]
    assert STAGES[name]["cmd"] == f"python -m stages.{name}"  # no ${}: nothing of params.yaml reaches a shell


def test_no_stage_hides_a_size_from_the_run_cache():
    """DVC 3.67.1 leaves keys named size and nfiles out of a run's key, in a section too: another filter.size brought
    back the old pictures. package and report may: their deps data/filtered and models change with both sizes."""
    for name, stage in STAGES.items():
        sections = [one for one in stage["params"] if isinstance(one, str) and "." not in one]
        hidden = [one for one in sections if {"size", "nfiles"} & set(YAML(typ="safe").load(Path("params.yaml"))[one])]
        assert name in ("package", "report") or not hidden, (name, hidden)


def test_nothing_of_the_shared_modules_is_orphaned():
    used = set().union(*(closure(Path(f"stages/{name}.py")) for name in STAGES))
    used |= set().union(*(closure(path) for path in Path("commands").glob("*.py")))
    here = {str(path) for path in Path("xrays").rglob("*.py") if "phantom" not in path.parts}
    assert here == {module for module in used if module.startswith("xrays/") and "/phantom" not in module}


def test_every_cached_out_is_git_ignored_and_everything_in_metrics_is_not():
    for stage in STAGES.values():
        for out in [*stage.get("outs", []), *stage.get("metrics", []), *stage.get("plots", [])]:
            path, cached = (out, True) if isinstance(out, str) else (next(iter(out)), False)
            ignored = subprocess.run(["git", "check-ignore", "-q", path]).returncode == 0
            assert ignored == cached, path
            assert cached != path.startswith("metrics/")


def test_libraries_are_the_versions_of_the_lock():
    from commands import lock
    from xrays import environment
    assert lock.libraries(Path("requirements.lock").read_text()) == environment.LIBRARIES.read_text()


def test_a_model_names_all_libraries_so_training_tracks_them_all():
    from xrays import environment
    tracked = next(entry["libraries.yaml"] for entry in STAGES["train"]["params"] if isinstance(entry, dict))
    assert tracked == sorted(environment.pins())


def test_the_lock_installs_what_requirements_name_and_every_file_has_a_hash():
    lock = Path("requirements.lock").read_text()
    for line in Path("requirements.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name = re.sub(r"\[.*\]", "", line.lower()).replace(".yaml", "-yaml")
            assert f"\n{name} " in f"\n{lock}", line
    packages = [line for line in lock.splitlines() if "==" in line and not line.startswith(" ")]
    assert all(line.endswith("\\") for line in packages)
