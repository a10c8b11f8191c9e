"""Settings that every test shares."""

import os

from hypothesis import HealthCheck, settings

# A shared machine makes any time limit a lottery, so no profile has one. Where CI is set the examples are the same on
# every run; on a developer's machine new ones are drawn each time.
settings.register_profile("local", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)
settings.register_profile(
    "thorough", deadline=None, max_examples=2_000, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "local"))
