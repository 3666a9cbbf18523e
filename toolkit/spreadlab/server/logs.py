"""One JSON object a line on standard error: never a price, never a token."""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import Any

_LOGGER = logging.getLogger("spreadlab.server")


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry, default=str)


def log(event: str, *, level: int = logging.INFO, error: bool = False, **fields: Any) -> None:
    """Write one event with its fields; with `error` also the traceback being handled."""
    _LOGGER.log(level, event, extra={"fields": fields}, exc_info=error)


def start_logs(level: str) -> None:
    """Send the events of this server, and what gRPC has to say, to standard error as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines())
    for name in ("spreadlab.server", "grpc"):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.propagate = False
        logger.setLevel(level.upper())
