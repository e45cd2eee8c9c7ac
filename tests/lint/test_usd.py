"""How dollars are shown."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cachecalc.report.money import usd


@pytest.mark.parametrize(
    ("amount", "exact", "assumed"),
    [
        pytest.param("0", "$0.00", "$0*", id="nothing"),
        pytest.param("1234.565", "$1,234.56", "$1,230*", id="thousands"),
        pytest.param("0.00042137", "$0.00042", "$0.000421*", id="less-than-a-cent"),
        pytest.param("-12.5", "-$12.50", "-$12.50*", id="negative"),
        pytest.param("999999", "$999,999.00", "$1,000,000*", id="rounding-up"),
    ],
)
def test_cents_or_three_digits(amount: str, exact: str, assumed: str) -> None:
    """Cents where everything is known, three digits and a star where something was assumed; never a cost as nothing."""
    assert usd(Decimal(amount)) == exact
    assert usd(Decimal(amount), assumed=True) == assumed
