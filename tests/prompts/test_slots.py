"""Placeholders that no table knows: data or settings."""

from __future__ import annotations

import pytest

from cachecalc.core.prompt import Confidence
from tests.prompts.rows import only

LIKELY, POSSIBLE = Confidence.LIKELY, Confidence.POSSIBLE


@pytest.mark.parametrize(
    ("template", "sure"),
    [
        pytest.param("Goal:\n{{ navigation_goal }}\nBe brief.", LIKELY, id="a line of its own"),
        pytest.param("Look at issue #{{ issue_number }} and mend it.", LIKELY, id="named as data"),
        pytest.param("The page: {{ elsewhere }}\nBe brief.", LIKELY, id="behind a label"),
        pytest.param("<page>{{ elsewhere }}</page>", LIKELY, id="in a tag"),
        pytest.param("{% for rung in ladder %}- {{ rung.x }}{% endfor %}", LIKELY, id="a loop"),
        pytest.param("Tools said: {{ tool_output }}", LIKELY, id="what a tool said"),
        pytest.param("Give at most {{ max_actions }} actions.", POSSIBLE, id="a limit"),
        pytest.param("Follow these rules:\n{{ security_rules }}\nBe brief.", POSSIBLE, id="rules"),
        pytest.param("You are {{ whoever }}, a helper.", POSSIBLE, id="within a sentence"),
        pytest.param("{% for tool in tools %}- {{ tool.name }}{% endfor %}", POSSIBLE, id="a loop over tools"),
        pytest.param("Write {{ 'much' if verbose else 'little' }}.", POSSIBLE, id="a choice of words"),
        pytest.param("Take `{{ element }}` from the page.", POSSIBLE, id="in back-ticks"),
    ],
)
def test_data_and_settings(template: str, sure: Confidence) -> None:
    """Data has a name or a place of its own; a setting stands within a sentence, or is called one."""
    prompt = only("prompts/a.j2", f"You are a bot. {template}\n")
    assert {part.confidence for part in prompt.parts if not part.volatility.is_static} == {sure}


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        pytest.param("Review this change:\n{{CHANGE_SET}}\nBe brief.", LIKELY, id="a line of its own"),
        pytest.param("FACTS:\n{stale_facts}\nKeep what is true.", LIKELY, id="single braces"),
        pytest.param("Answer in this format:\nTitle: {headline}\nText: {body}", POSSIBLE, id="what to write"),
        pytest.param("Refer to a value in Jinja: {{ param_key }}\nBe brief.", POSSIBLE, id="about templates"),
        pytest.param("Tag the step <step_{{step_number}}>.", POSSIBLE, id="part of a tag"),
        pytest.param("Use `{{ x }}` for values.\nGoal:\n{{ goal_of_all }}\n", POSSIBLE, id="some are shown"),
        pytest.param("<li>{{ remark }}</li>\nMake it Markdown.", POSSIBLE, id="a web page"),
    ],
)
def test_braces_in_a_text(text: str, sure: Confidence) -> None:
    """In a text that is no template for certain, braces may be what the model shall write."""
    prompt = only("prompts/a.md", f"You are a bot. {text}\n")
    assert {part.confidence for part in prompt.parts if part.origin} == {sure}
