"""Settings that every test shares."""

import os

import matplotlib as mpl
from hypothesis import HealthCheck, settings

mpl.use("agg")
# Tests, and the processes they start, leave the user's own list of trials alone.
os.environ["SPREADLAB_LEDGER"] = ":memory:"

# A busy machine must not turn a slow example into a failure, and a run must not find by chance what
# another run of the same commit did not: HYPOTHESIS_PROFILE=explore looks for new examples.
settings.register_profile(
    "explore", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("same", settings.get_profile("explore"), derandomize=True, database=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
