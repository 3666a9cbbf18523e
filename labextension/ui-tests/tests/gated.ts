/** Python: an engine that runs a tile only when told to, so that a scan is caught in its middle. */
export const GATED_ENGINE = `
import threading
from spreadlab.engines.local import LocalEngine
from spreadlab.task import run_tile

class GatedEngine(LocalEngine):
    def __init__(self):
        super().__init__(threads=1)
        self.leave, self.jobs = threading.Semaphore(0), []

    def allow(self, tiles):
        self.leave.release(tiles)

    def submit(self, *args, **options):
        self.jobs.append(super().submit(*args, **options))
        return self.jobs[-1]

    def _run_tiles(self, task, inputs, tiles, cancelled):
        for tile in tiles:
            while not self.leave.acquire(timeout=0.01):
                if cancelled():
                    return
            yield run_tile(task, inputs.view(tile), tile, cancelled)
`;
