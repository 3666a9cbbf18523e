"""The README's first screen does what it says."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def test_the_five_lines_run():
    code, *more = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    *lines, last = code.strip().splitlines()
    names = {}
    exec("\n".join(lines), names)
    result = eval(last, names)
    assert -10 < result.sharpe < 10
    assert names["pair"].n_obs == len(names["prices"])
    for block in more:
        exec(block, names)


def test_the_commands_exist():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for text in (README, (ROOT / "CONTRIBUTING.md").read_text("utf-8")):
        for target in re.findall(r"^make (\w+)", text, flags=re.MULTILINE):
            assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target


def test_the_pictures_and_pages_exist():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).is_file(), target
