"""What all tests share. No test measures time: on a busy machine a slow example is no fault."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
