"""Code that looks as if it built a prompt, and text that looks as if it were one."""

from __future__ import annotations

import pytest

from cachecalc.core.prompt import Confidence, Prompt
from tests.python.reading import HEAD, read, told

NOT_PROMPTS = {
    "log": "def ask():\n    logger.info(f'You are asked at {datetime.now()}: answer politely and follow the rules.')",
    "print": "def ask():\n    print(f'You are asked at {datetime.now()}: answer politely and follow the rules.')",
    "file name": "def save_prompt():\n    path = f'prompts/{datetime.now():%Y%m%d}_{uuid.uuid4()}.txt'\n    return path",
    "cache key": "def prompt_key(prompt):\n    cache_key = f'prompt:{datetime.now():%Y-%m-%d}:{uuid.uuid4()}:v1'\n    return cache_key",
    "header": "def send(prompt):\n    headers = {'x-request-id': f'prompt-{uuid.uuid4()}-{datetime.now()}'}\n    return headers",
    "sql": "def save_prompt(cursor):\n    cursor.execute(f\"INSERT INTO prompts (text, at) VALUES ('x', '{datetime.now()}')\")",
    "exception": "def ask():\n    raise ValueError(f'You must follow the instructions. Failed at {datetime.now()}')",
    "html": "def page(prompt):\n    return f'<html><body><p>Your prompt was answered at {datetime.now()}</p></body></html>'",
    "metric": "def ask(prompt):\n    return {'prompt_tokens': 12, 'created_at': datetime.now().isoformat(), 'id': str(uuid.uuid4())}",
    "tool result": "def message(output):\n    return {'role': 'tool', 'content': f'The system is up since {datetime.now()}: {output}'}",
    "answer": "def message():\n    return {'role': 'assistant', 'content': f'You are right, it is {datetime.now()}.'}",
    "user instruction": "def connect(provider):\n    return Reply(instruction=f'Send /start {uuid.uuid4()} to the bot.')",
    "report": "def render_report(rows):\n    report = f'# Report\\n\\nGenerated at {datetime.now()}.\\n\\n- All rows\\n- No errors'\n    return report",
    "returned report": "def report(rows):\n    return f'# Report of {datetime.now()}\\n\\nYou will find all answers below. Each answer has a score.'",
    "record": "def remember(prompt):\n    return Record(prompt_id=uuid.uuid4(), created=datetime.now(), note='the prompt of the user')",
    "timing": "def ask(prompt):\n    started = time.time()\n    answer = run(prompt)\n    return answer, time.time() - started",
}


@pytest.mark.parametrize("source", [pytest.param(source, id=name) for name, source in NOT_PROMPTS.items()])
def test_what_is_not_said_to_a_model_is_left_alone(source: str) -> None:
    """Logs, files, keys, headers, tables, pages and results are no prompts."""
    assert told(f"{HEAD}\nimport logging\nlogger = logging.getLogger()\n{source}\n") == []


def names(source: str) -> list[tuple[str, Confidence]]:
    def least(prompt: Prompt) -> Confidence:
        return min(part.confidence for part in prompt.parts)

    return [(prompt.name, least(prompt)) for prompt in read(source) if prompt.parts]


@pytest.mark.parametrize(
    "source",
    [
        'SYSTEM_PROMPT = "You are a tutor. Let the pupil do each step, and ask before you show one."',
        'def build_prompt(topic):\n    return f"Write a short summary of {topic}. Do not use lists. Answer in English."',
        'INSTRUCTIONS = """# Task\\n- Read the text.\\n- Return only JSON with the keys `name` and `age`."""',
        'text = "You are an expert translator. Translate the following text, and return only the translation."',
        'class Tutor:\n    backstory = "You have taught mathematics for thirty years and never give answers away."',
        'def ask(llm, text):\n    return llm.invoke(f"You are a critic. Rate the following text from 1 to 10: {text}")',
        'TEMPLATE = """<instructions>You must answer with one word.</instructions>\\n<text>{text}</text>"""',
    ],
)
def test_text_spoken_to_a_model_is_a_prompt_wherever_it_is_built(source: str) -> None:
    """No call that sends it is needed."""
    assert names(source)
    assert all(confidence is Confidence.LIKELY for _, confidence in names(source))


@pytest.mark.parametrize(
    "source",
    [
        'HELP = "You can pass a file or a directory. Use --format to choose the output."',
        'QUERY = "SELECT name, prompt FROM prompts WHERE user_id = %s ORDER BY created_at DESC"',
        'def f():\n    """You are expected to call this with a prompt, and to follow the instructions."""\n    return 1',
        'parser.add_argument("--prompt", help="You must give the prompt that the assistant should answer")',
        'URL = "https://example.org/prompts/system?role=assistant"',
        'ERROR = "Invalid prompt: you must provide a system message"',
        'PROMPT_TOKENS = "prompt_tokens"',
    ],
)
def test_other_text_is_no_prompt(source: str) -> None:
    """Help, queries, docstrings, addresses and errors are read by others."""
    assert all(confidence is Confidence.POSSIBLE for _, confidence in names(source))


def test_tests_hold_no_prompts() -> None:
    """What a test builds is not sent."""
    source = f"{HEAD}\nSYSTEM_PROMPT = f'You are a tutor. It is {{datetime.now()}}. Answer briefly and politely.'\n"
    assert read(source, "app/test_tutor.py") == []
    assert read(source, "app/conftest.py") == []
    assert read(source, "app/tutor.py")
