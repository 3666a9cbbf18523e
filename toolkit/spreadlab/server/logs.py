"""One JSON object a line on standard error: never a price, never a token."""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTICE = 25  # what happens to the server itself, between what its calls do and warnings
LEVELS = ("debug", "info", "notice", "warning", "error")
logging.addLevelName(NOTICE, "NOTICE")
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


def enabled(level: int) -> bool:
    """Return whether events of `level` are written."""
    return _LOGGER.isEnabledFor(level)


def log(event: str, *, level: int = logging.INFO, fields: Mapping[str, Any] | None = None) -> None:
    """Write one event with its fields."""
    _LOGGER.log(level, event, extra={"fields": fields or {}})


def start_logs(level: str) -> None:
    """Send the events of this server, and what gRPC has to say, to standard error as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines())
    for name in ("spreadlab.server", "grpc"):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.propagate = False
        logger.setLevel(level.upper())
