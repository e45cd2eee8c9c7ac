"""What the commands print as JSON satisfies the schemas that are shipped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from cachecalc.cli import errors
from cachecalc.cli.app import app
from scripts.write_schemas import DIRECTORY

SAMPLES = Path(__file__).parents[1] / "sample_prompts/profiles"
PROFILES = [str(SAMPLES / f"{name}.yaml") for name in ("support-bot", "coding-agent")]
REQUEST = {"model": "claude-sonnet-4-6", "max_tokens": 9, "messages": [{"role": "user", "content": "cache " * 2000}]}
USAGE = {"input_tokens": 500, "cache_read_input_tokens": 2000, "cache_creation_input_tokens": 0, "output_tokens": 9}


def captures(folder: Path) -> str:
    """Two requests of a minute apart, with their texts and usage."""
    lines = [
        {
            "timestamp": 1_795_219_200 + 60 * number,
            "session_id": "a",
            "provider": "anthropic",
            "request": REQUEST,
            "response": {"id": f"msg_{number}", "model": "claude-sonnet-4-6", "usage": USAGE},
        }
        for number in range(2)
    ]
    path = folder / "captures.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return str(path)


@pytest.mark.parametrize(
    ("schema", "arguments"),
    [
        pytest.param("compare", ["compare", PROFILES[0]], id="compare"),
        pytest.param("plan", ["plan", PROFILES[0]], id="plan"),
        pytest.param("diff", ["diff", *PROFILES], id="diff"),
        pytest.param("bill", ["replay", "captures"], id="bill"),
        pytest.param("replay", ["replay", "captures", "--policy", "rolling,rolling+pings"], id="replay"),
    ],
)
def test_a_document_satisfies_its_schema(
    schema: str, arguments: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """On real work, not on a form filled in for the test."""
    captured = captures(tmp_path)
    words = [captured if word == "captures" else word for word in arguments]
    with pytest.raises(SystemExit):
        errors.run(lambda: app([*words, "--format", "json"]))
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    jsonschema_rs.validate(json.loads((DIRECTORY / f"{schema}.schema.json").read_text()), document)
    assert document["version"] == 1
