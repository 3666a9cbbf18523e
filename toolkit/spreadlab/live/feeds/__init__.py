"""Where ticks come from: replays, files, websockets and crypto exchanges."""
