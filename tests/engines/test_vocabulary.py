"""A process that runs tiles for others can decode all that we can encode."""

import json
import re
import subprocess
import sys
from pathlib import Path

import spreadlab

SOURCE = Path(spreadlab.__file__).parent
CODE = """
import json
from spreadlab._canonical import registered
from spreadlab.engines.vocabulary import load_vocabulary
load_vocabulary()
print(json.dumps(sorted(registered())))
"""


def test_every_registered_type_is_known_to_a_fresh_process():
    done = subprocess.run([sys.executable, "-c", CODE], check=True, capture_output=True, text=True)
    source = "".join(path.read_text("utf-8") for path in SOURCE.rglob("*.py"))
    assert set(re.findall(r'^@wire\("([^"]+)"\)', source, re.MULTILINE)) == set(
        json.loads(done.stdout)
    )
