"""Join pictures into an animated one: python tools/film.py frames.json film.webp.

`frames.json` lists `{"file": ..., "ms": ...}`; files lie beside it. Pictures that are the same as
the one before only prolong it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from PIL import Image, ImageChops

WIDTH = 1000


def main(source: str, target: str) -> None:
    """Write the film and say how long and how large it is."""
    listed = Path(source)
    pictures: list[Image.Image] = []
    times: list[int] = []
    for frame in json.loads(listed.read_text("utf-8")):
        with Image.open(listed.parent / frame["file"]) as opened:
            picture = opened.convert("RGB")
        height = round(picture.height * WIDTH / picture.width)
        picture = picture.resize((WIDTH, height), Image.Resampling.LANCZOS)
        if pictures and ImageChops.difference(picture, pictures[-1]).getbbox() is None:
            times[-1] += frame["ms"]
        else:
            pictures.append(picture)
            times.append(frame["ms"])
    pictures[0].save(
        target,
        save_all=True,
        append_images=pictures[1:],
        duration=times,
        loop=0,
        quality=70,
        method=4,
        minimize_size=True,
    )
    size = Path(target).stat().st_size
    print(f"{target}: {sum(times) / 1000:.1f} s, {len(pictures)} pictures, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main(*sys.argv[1:])
