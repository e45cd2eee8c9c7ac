from __future__ import annotations

import re
from pathlib import Path

import pytest

from cachecalc.load.prompts import read_prompts
from cachecalc.load.prompts.prefilter import is_candidate
from tests.prompts.rows import changing

SAMPLES = Path(__file__).parents[2] / "sample_prompts"


@pytest.mark.parametrize(
    ("file", "prompts", "found"),
    [
        ("support-bot.md", 1, [("{{ now }}", "every second, unknown"), ("{{ session_id }}", "per session")]),
        ("handbook-rag.j2", 1, [("{{ company_name }}", "per tenant"), ('\n<document title="', "per turn")]),
        ("dated-system.j2", 1, [("{{ today }}", "every day")]),
        ("prompts.yaml", 2, [("{{ company_name }}", "per tenant"), ("{{ request_id }}", "per request")]),
        ("onboarding.prompty", 1, [("{{ user_name }}", "per user"), ("{{ today }}", "every day")]),
        (
            "summary.prompt",
            1,
            [("{{userName}}", "per user"), ('{{formatDate now "YYYY-MM-DD HH:mm"}}', "every minute")],
        ),
        ("crew/agents.yaml", 2, [("{topic}", "per request")]),
        ("crew/tasks.yaml", 2, [("{topic}", "per request"), ("{current_year}", "every month")]),
        ("claude-agent.json", 1, [("Remove the flag net_prices. It went live two releases ago.", "per session")]),
        ("openai-agent.json", 1, [("8f14e45f", "per request"), ("2026-11-21T09:14:07.318Z", "sub-second")]),
        ("gemini-catalogue.json", 1, [("Saturday, 21 November 2026", "every day"), ("09:14", "every minute")]),
        ("bedrock-triage.json", 1, [("2026-11-21T09:14:09Z", "every second")]),
        ("promptfooconfig.yaml", 3, [("{{ company_name }}", "per tenant")]),
        ("two-turns.jsonl", 2, []),
    ],
)
def test_sample(file: str, prompts: int, found: list[tuple[str, str]]) -> None:
    """Each sample is read, and what its page says of it is among what changes, in that order."""
    path = SAMPLES / file
    read = read_prompts(str(path), path.read_text())
    assert is_candidate(str(path), path.read_bytes())
    assert len(read) == prompts
    assert changing(read[0])[: len(found)] == found


def test_table_names_every_sample() -> None:
    """The table of the samples is complete, and names nothing that is not there."""
    named = set(re.findall(r"`([\w./-]+)`", (SAMPLES / "README.md").read_text()))
    files = {
        str(path.relative_to(SAMPLES)) for path in SAMPLES.rglob("*") if path.is_file() and path.name != "README.md"
    }
    profiles = {file for file in files if file.startswith("profiles/")}
    assert named == files - profiles | {"profiles/"}
