"""The server's process keeps what it has freed, so that the next tile finds it."""

import os
import subprocess
import sys

import pytest

FAULTS = """
import resource, sys
import numpy as np
from spreadlab.server.memory import keep_freed
if sys.argv[1] == "keep":
    assert keep_freed()
def tile():
    return [np.ones(1 << k) for k in (18, 19, 20, 21, 21, 21)]  # 2 to 16 MiB each
for _ in range(3):
    tile()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    tile()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(how):
    command = [sys.executable, "-c", FAULTS, how]
    # Dask asks the same of the processes that it starts, by the environment of this one.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MALLOC_")}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="other C libraries keep their own counsel")
def test_what_a_tile_frees_is_there_for_the_next():
    assert 10 * faults("keep") < faults("give")
