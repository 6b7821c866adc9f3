"""What sets bits and is neither data, code nor params: pinned before NumPy chooses its kernels, whatever the shell says."""

import json
import subprocess
import sys

LOOK = """
import json, os, sys
class Watch:  # what the environment says when NumPy is first looked for
    def find_spec(self, name, path=None, target=None):
        if name == "numpy":
            seen.append([os.environ.get(one) for one in ("OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS")])
seen = []
sys.meta_path.insert(0, Watch())
import stages
import numpy, scipy.linalg, threadpoolctl
pools = [[one["architecture"], one["num_threads"]] for one in threadpoolctl.threadpool_info() if one["user_api"] == "blas"]
print(json.dumps([seen, pools, numpy.__config__.show(mode="dicts")["SIMD Extensions"].get("found", [])]))
"""


def test_no_stage_loads_numpy_before_its_kernels_and_threads_are_fixed(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Nehalem")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    seen, pools, wider_than_the_baseline = json.loads(done.stdout)
    assert seen == [["Haswell", "1"]]
    assert pools == [["Haswell", 1]] * 2  # NumPy's and SciPy's OpenBLAS
    assert not [name for name in wider_than_the_baseline if name.startswith(("X86_V4", "AVX512"))]
