"""A stage and its workers end with what started them; nothing runs twice in one folder."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# As dvc starts a stage: a process, a shell, the stage; the name of the stage's module ends the shell's command line.
STAGE = "import sys; sys.path.insert(0, {root!r})\nfrom xrays import lifeline\n"


def running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def ends(pid: int) -> bool:
    for _ in range(1000):
        if not running(pid):
            return True
        time.sleep(0.01)
    return False


def wait_for(path: Path) -> str:
    for _ in range(3000):
        if path.exists() and path.read_text().endswith("\n"):
            return path.read_text().strip()
        time.sleep(0.01)
    raise AssertionError(f"{path.name} did not come")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "stages").mkdir()
    return tmp_path


def stage(folder: Path, body: str) -> None:
    (folder / "stages" / "sleep.py").write_text(STAGE.format(root=str(ROOT)) + body)


HOLD = ("import os, time\nlifeline.hold('sleep')\nopen('pid', 'w').write(f'{os.getpid()}\\n')\ntime.sleep(60)\n")


@pytest.mark.parametrize("shell", [["bash", "--noprofile", "--norc"], ["dash"], ["dash", "-i"]],
                         ids=["bash becomes the stage", "dash", "a shell that stays"])
def test_a_stage_ends_at_once_when_its_dvc_is_killed(folder, shell):
    stage(folder, HOLD)
    start = f"import subprocess; subprocess.run([*{shell!r}, '-c', 'python -m stages.sleep'])"
    dvc = subprocess.Popen([sys.executable, "-c", start], cwd=folder, stderr=subprocess.DEVNULL)
    pid = int(wait_for(folder / "pid"))
    assert running(pid)
    dvc.kill()
    dvc.wait()
    assert ends(pid)


def test_workers_end_with_a_killed_stage(folder):
    stage(folder, "import os, time\n"
          "def note(number): open(f'worker-{number}', 'w').write(f'{os.getpid()}\\n'); time.sleep(60)\n"
          "if __name__ == '__main__':\n"
          "    with lifeline.workers(2, 'fork') as pool: list(pool.map(note, range(2)))\n")
    process = subprocess.Popen([sys.executable, "-m", "stages.sleep"], cwd=folder)
    workers = [int(wait_for(folder / f"worker-{number}")) for number in range(2)]
    assert all(running(pid) for pid in workers)
    process.kill()
    process.wait()
    assert all(ends(pid) for pid in workers)


@pytest.mark.parametrize("number, code", [(signal.SIGTERM, 130), (signal.SIGINT, 130)])
def test_a_polite_end_does_not_wait_for_the_work_that_is_left(folder, number, code):
    stage(folder, "import os, time\nfrom xrays import console\n"
          "def work(number): open('begun', 'w').write('yes\\n'); time.sleep(0.5)\n"
          "def main():\n"
          "    with lifeline.workers(2, 'fork') as pool: list(pool.map(work, range(1000)))\n"
          "if __name__ == '__main__': console.run(main)\n")
    process = subprocess.Popen([sys.executable, "-m", "stages.sleep"], cwd=folder, stderr=subprocess.PIPE, text=True)
    wait_for(folder / "begun")
    process.send_signal(number)
    assert process.wait(60) == code  # 1,000 pieces of work of half a second would take four minutes
    assert process.stderr.read() == ("interrupted: nothing was finished under a final name; run the same command again\n")


def test_a_stage_whose_dvc_has_ended_already_does_not_begin(folder):
    stage(folder, HOLD)
    subprocess.run(["sh", "-c", f"(sleep 1; exec {sys.executable} -m stages.sleep 2>said) &"], cwd=folder, check=True)
    assert "the dvc that started this stage has ended: run the same command again" in wait_for(folder / "said")
    assert not (folder / "pid").exists()


def test_the_second_of_two_waits_for_the_first(folder):
    stage(folder, HOLD)
    first = subprocess.Popen([sys.executable, "-m", "stages.sleep"], cwd=folder)
    wait_for(folder / "pid")
    (folder / "pid").unlink()
    second = subprocess.Popen([sys.executable, "-m", "stages.sleep"], cwd=folder, stdout=subprocess.PIPE, text=True)
    assert second.stdout.readline() == "sleep is still running in this folder: waiting for its end\n"
    assert not (folder / "pid").exists()
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert int(wait_for(folder / "pid")) == second.pid
    second.kill()
    second.wait()
