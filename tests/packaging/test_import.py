"""What `import spreadlab` costs: a promise made to those who start many short processes."""

import json
import subprocess
import sys

LIMIT_SECONDS = 0.3
TRIES = 20

TIMED = "import time; t = time.perf_counter(); import spreadlab; print(time.perf_counter() - t)"
LOADED = """
import json, sys
before = set(sys.modules)
import spreadlab
print(json.dumps(sorted({name.partition(".")[0] for name in set(sys.modules) - before})))
"""


def run(code):
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return done.stdout


def test_import_is_quick():
    # Other processes can only make an import slower: the best of several is the import itself.
    times = []
    while len(times) < TRIES and (not times or min(times) >= LIMIT_SECONDS):
        times.append(float(run(TIMED)))
    assert min(times) < LIMIT_SECONDS


def test_import_loads_numpy_and_the_standard_library_only():
    loaded = set(json.loads(run(LOADED)))
    assert "spreadlab" in loaded
    assert loaded - sys.stdlib_module_names - {"numpy", "spreadlab"} == set()


def test_widgets_are_not_loaded_by_the_toolkit():
    loaded = json.loads(run(LOADED.replace("import spreadlab\n", "import spreadlab.api\n")))
    assert "spreadlab_widgets" not in loaded
    assert "ipywidgets" not in loaded
