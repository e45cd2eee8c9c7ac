from __future__ import annotations

import pytest

from cachecalc.core.prompt import Content
from cachecalc.load.prompts.variable_names import attribute


@pytest.mark.parametrize(
    ("name", "volatility", "content"),
    [
        ("now", "every second, unknown", Content.TEXT),
        ("current_time", "every second, unknown", Content.TEXT),
        ("currentDateTime", "every second, unknown", Content.TEXT),
        ("timestamp", "every second", Content.TEXT),
        ("iso_datetime", "every second, unknown", Content.TEXT),
        ("date", "every day", Content.TEXT),
        ("todays_date", "every day", Content.TEXT),
        ("CURRENT_DATE", "every day", Content.TEXT),
        ("current_hour", "every hour", Content.TEXT),
        ("current_year", "every month", Content.TEXT),
        ("order_date", "unknown", Content.TEXT),
        ("date_format", "unknown", Content.TEXT),
        ("start_date", "unknown", Content.TEXT),
        ("session_start_time", "per session", Content.TEXT),
        ("request_id", "per request", Content.NONCE),
        ("traceId", "per request", Content.NONCE),
        ("conversation_id", "per session", Content.NONCE),
        ("user_name", "per user", Content.TEXT),
        ("user.email", "per user", Content.TEXT),
        ("request.user.name", "per user", Content.TEXT),
        ("companyName", "per tenant", Content.TEXT),
        ("app_version", "per build", Content.TEXT),
        ("userInput", "per request", Content.QUESTION),
        ("question", "per request", Content.QUESTION),
        ("retrieved_docs_text", "per turn", Content.RETRIEVED),
        ("doc.content", "per turn", Content.RETRIEVED),
        ("chat_history", "per turn", Content.HISTORY),
        ("state.messages", "per turn", Content.HISTORY),
        ("memories", "per turn", Content.MEMORY),
        ("git_status", "per turn", Content.ENVIRONMENT),
        ("cwd", "per session", Content.ENVIRONMENT),
        ("stock_price", "every minute", Content.LIVE),
        ("ctx.now", "every second, unknown", Content.TEXT),
        ("article.date", "per turn", Content.RETRIEVED),
        ("event.date", "unknown", Content.TEXT),
        ("item.text", "unknown", Content.TEXT),
        ("name", "unknown", Content.TEXT),
        ("foo", "unknown", Content.TEXT),
    ],
)
def test_meaning(name: str, volatility: str, content: Content) -> None:
    """A name tells how often its value changes, whatever its spelling, and mostly tells nothing."""
    found = attribute(name.split("."))
    assert (str(found.volatility), found.content) == (volatility, content)
