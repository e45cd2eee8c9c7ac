"""How fast prompt files are read, against what cannot be avoided: parsing them.

    python benchmarks/prompts.py

For each kind of file: megabytes, seconds, megabytes a second, and the ratio to the bare parser of the format on the same
text (`json.loads`, `yaml.compose`, Jinja's own parser; for plain text, one pass over its characters).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from cachecalc.load.prompts import read_prompts, volatile_text

SAMPLES = Path(__file__).parents[1] / "sample_prompts"
COPIES = 300
RUNS = 5


def main() -> None:
    print(f"{'file':<24} {'MB':>6} {'seconds':>8} {'MB/s':>7} {'ratio':>7}")
    for path, text, bare in cases():
        seconds, least = best(partial(read_fresh, path, text)), best(partial(bare, text))
        size = len(text.encode()) / 1e6
        print(f"{path:<24} {size:>6.1f} {seconds:>8.3f} {size / seconds:>7.1f} {seconds / least:>7.1f}")


def cases() -> list[tuple[str, str, Callable[[str], Any]]]:
    import jinja2
    import yaml

    request = json.loads((SAMPLES / "claude-agent.json").read_text())
    agent, template = (SAMPLES / "support-bot.md").read_text(), (SAMPLES / "handbook-rag.j2").read_text()
    environment = jinja2.Environment()
    return [
        ("requests.jsonl", "\n".join(json.dumps(turn(request, number)) for number in range(COPIES)), lines),
        ("cassette.yaml", cassette(request), lambda text: yaml.compose(text, Loader=yaml.CSafeLoader)),
        ("prompts/long.md", agent * COPIES, str.split),
        ("prompts/long.j2", template * COPIES, environment.parse),
    ]


def turn(request: dict[str, Any], number: int) -> dict[str, Any]:
    """The request as it might be some turns later: the conversation is longer, system text and tools are the same."""
    return request | {
        "messages": [*request["messages"] * (1 + number % 10), {"role": "user", "content": f"Go on, {number}."}]
    }


def cassette(request: dict[str, Any]) -> str:
    body = json.dumps(json.dumps(request))
    one = f"- request:\n    uri: https://api.anthropic.com/v1/messages\n    body: {body}\n  response: {{}}\n"
    return "interactions:\n" + one * COPIES


def lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def read_fresh(path: str, text: str) -> None:
    """Read with nothing remembered from the run before."""
    volatile_text.find.cache_clear()
    read_prompts(path, text)


def best(run: Callable[[], object]) -> float:
    """The least of several runs, in seconds: what the machine can do when nobody else wants it."""
    taken = []
    for _ in range(RUNS):
        start = time.process_time()
        run()
        taken.append(time.process_time() - start)
    return min(taken)


if __name__ == "__main__":
    main()
