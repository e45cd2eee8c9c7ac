"""The pytest plugin: a fixture that fails a test whose requests cannot read each other's cache."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.fixture
def assert_cache_prefix() -> Callable[..., None]:
    """`assert_cache_prefix(requests, model=None)`: see `cachecalc.testing.assert_prefix`."""
    from cachecalc.testing import assert_prefix

    return assert_prefix
