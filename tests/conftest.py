"""Property tests say the same of the same code on every machine: the same examples each time, and no clock."""

from hypothesis import HealthCheck, settings

settings.register_profile("calm", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("calm")
