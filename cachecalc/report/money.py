"""Dollars for people and for programs: the only place where money is rounded."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal

_CENT = Decimal("0.01")


def usd(amount: Decimal, *, assumed: bool = False) -> str:
    """`$1,234.56`; `$1,230*` (three digits) where the amount rests on a number nobody gave.

    Amounts below a cent keep two digits that count: `$0.00042`, so that no cost is shown as nothing.
    """
    sign = "-" if amount < 0 else ""
    size = abs(amount)
    if assumed:
        return f"{sign}${_plain(_significant(size, 3))}*"
    if size and size < _CENT:
        return f"{sign}${_plain(_significant(size, 2))}"
    return f"{sign}${size.quantize(_CENT, ROUND_HALF_EVEN):,f}"


def exact(amount: Decimal) -> str:
    """For programs: all digits, no exponent, no trailing zeros."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _significant(amount: Decimal, digits: int) -> Decimal:
    return Context(prec=digits, rounding=ROUND_HALF_EVEN).plus(amount)


def _plain(amount: Decimal) -> str:
    """Without an exponent; whole dollars without decimals, cents with two of them."""
    if amount == amount.to_integral_value() and amount >= 10:
        return f"{amount.to_integral_value():,f}"
    shown = amount if amount < _CENT else amount.quantize(_CENT)
    return f"{shown:,f}"
