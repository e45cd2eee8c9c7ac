from __future__ import annotations

from pathlib import Path

import pytest
from inline_snapshot import snapshot

from cachecalc.core.problem import InputError
from cachecalc.core.prompt import Confidence, Content
from cachecalc.load.prompts import read_prompts
from tests.prompts.rows import blocks, changing, only, placed


@pytest.mark.parametrize(
    ("expression", "volatility"),
    [
        ("now()", "sub-second"),
        ("datetime.utcnow().isoformat()", "sub-second"),
        ("now().strftime('%Y-%m-%d')", "every day"),
        ("now() | strftime('%H:%M')", "every minute"),
        ("'now' | date('%H:%M')", "every minute"),
        ("strftime_now('%d %b %Y')", "every day"),
        ("now().year", "every month"),
        ("date.today()", "every day"),
        ("now", "every second, unknown"),
        ("date", "every day"),
        ("get_current_date()", "every day"),
        ("uuid4()", "per request"),
        ("examples | shuffle | join('\\n')", "per request, unknown"),
        ("user.name | upper", "per user"),
        ("user['name']", "per user"),
        ("'Hello ' ~ user.name", "per user"),
        ("question if question else 'none'", "per request"),
        ("documents | map(attribute='text') | join", "per turn"),
        ("format_documents(documents)", "per turn, unknown"),
        ("config.title", "unknown"),
        ("documents | length", "per turn"),
        ("question is defined", "static"),
        ("lookup(user.name)", "per user, unknown"),
        ("'fixed' | upper", "static"),
        ("range(3) | join", "static"),
    ],
)
def test_expression(expression: str, volatility: str) -> None:
    """An expression changes as often as the names, functions and filters in it say."""
    prompt = only("prompts/a.j2", f"Today {{{{ {expression} }}}}!")
    assert [str(part.volatility) for part in prompt.parts] == ["static", volatility, "static"]


@pytest.mark.parametrize(
    ("template", "rows"),
    [
        pytest.param("{# {{ now() }} #}Hi", [], id="a comment"),
        pytest.param("{% raw %}{{ now() }}{% endraw %}", [], id="raw"),
        pytest.param(
            "{% set d = now() %}{{ d.strftime('%Y') }}", [("{{ d.strftime('%Y') }}", "every month")], id="set"
        ),
        pytest.param("{% set t %}at {{ now() }}{% endset %}{{ t }}", [("{{ t }}", "sub-second")], id="set block"),
        pytest.param("{% with a = user.name %}{{ a }}{% endwith %}", [("{{ a }}", "per user")], id="with"),
        pytest.param("{% if documents %}Use them.{% endif %}", [], id="whether something is there"),
        pytest.param(
            "{% if user.role == 'x' %}A{% else %}{% endif %}",
            [("A", "per user")],
            id="a comparison",
        ),
        pytest.param(
            "{% for d in documents %}- {{ d.text }}{% endfor %}",
            [("- ", "per turn"), ("{{ d.text }}", "per turn")],
            id="a loop",
        ),
        pytest.param("{% for i in range(3) %}-{{ loop.index }}{% endfor %}", [], id="a fixed loop"),
        pytest.param(
            "{% macro head(t) %}{{ t }} {{ now() }}{% endmacro %}{{ head('x') }}",
            [("{{ head('x') }}", "sub-second, unknown")],
            id="a macro where it is called",
        ),
        pytest.param(
            "{% generation %}{{ question }}{% endgeneration %}", [("{{ question }}", "per request")], id="unknown tag"
        ),
        pytest.param(
            "{% import 'm.j2' as m %}{{ m.head(user.name) }}",
            [("{{ m.head(user.name) }}", "per user, unknown")],
            id="import",
        ),
        pytest.param("{% from 'm.j2' import head as h %}{{ h() }}", [("{{ h() }}", "unknown")], id="from import"),
        pytest.param(
            "{% macro box() %}[{{ caller() }}{{ now() }}]{% endmacro %}{% call box() %}text{% endcall %}",
            [("text", "sub-second")],
            id="call block",
        ),
        pytest.param(
            "{% filter upper %}{{ question }}{% endfilter %}", [("{{ question }}", "per request")], id="filter block"
        ),
        pytest.param("{% block a %}{{ question }}{% endblock %}", [("{{ question }}", "per request")], id="block"),
        pytest.param(
            "{% set ns = namespace(a=1) %}{% set ns.a = now() %}{{ ns.a }}",
            [("{{ ns.a }}", "sub-second")],
            id="namespace",
        ),
        pytest.param("{% set a, b = question, 1 %}{{ b }}", [("{{ b }}", "per request")], id="several names"),
        pytest.param("{% do log(now()) %}", [], id="do"),
        pytest.param(
            "{% for q in questions %}{{ q }}{% else %}none{% endfor %}", [("{{ q }}", "unknown")], id="unknown loop"
        ),
        pytest.param("{%- if x -%}  {{ question -}}  {% endif %}", [("{{ question -}}", "per request")], id="trimmed"),
    ],
)
def test_statements(template: str, rows: list[tuple[str, str]]) -> None:
    """Statements decide what is put out, and how often that changes."""
    assert changing(only("prompts/a.j2", f"You are a bot. {template}")) == rows


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{% if a %}short{% else %}" + "long " * 100 + "{% endif %}", "long " * 100),
        ("{% if a %}It is {{ now() }}.{% else %}The time is not known to anybody.{% endif %}", "It is {{ now() }}."),
        ("{% if a %}one{% elif b %}three{% else %}two{% endif %}", "three"),
    ],
)
def test_one_of_several_branches(template: str, text: str) -> None:
    """No request sends two branches: the longest stands for all, or among short ones the one that changes."""
    assert "".join(part.text or "" for part in only("prompts/a.j2", template).parts) == text
    other = template.replace("{% if a", "{{#if a").replace("{% elif b %}", "{{else}}").replace("{% else %}", "{{else}}")
    other = other.replace("{% endif %}", "{{/if}}").replace(" %}", "}}").replace("now()", "now")
    assert "".join(part.text or "" for part in only("prompts/a.hbs", other).parts) == text.replace("now()", "now")


def test_confidence_and_content() -> None:
    """A call is certain, a name is likely, what is behind a comparison is possible."""
    call, name, compared = (
        part
        for part in only("prompts/a.j2", "{{ now() }}{{ chat_history }}{% if user.id == 1 %}A{% endif %}").parts
        if not part.volatility.is_static
    )
    assert (call.confidence, name.confidence, compared.confidence) == (
        Confidence.CERTAIN,
        Confidence.LIKELY,
        Confidence.POSSIBLE,
    )
    assert name.content is Content.HISTORY


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_places_are_exact(line_end: str) -> None:
    """Each piece is found where it stands, whatever the line ends and what is trimmed around it."""
    text = "é {%- if a %}\n  😀 {{ question }}\n{%- endif -%}\n\n {# note #}{{ now() }} end\n".replace("\n", line_end)
    prompt = only("prompts/a.j2", text)
    assert all(placed(text, part) == part.text for part in prompt.parts)
    assert [part.name for part in prompt.parts if part.origin] == ["question", "now"]


def test_statement_that_makes_text_change() -> None:
    """Literal text that a loop or a comparison repeats or withholds names the statement."""
    text = "You are. {% for a, b in documents %}- {% endfor %}{% if user.role == 'x' %}Yes{% endif %}"
    causes = [part.origin for part in only("prompts/a.j2", text).parts if part.origin]
    assert causes == ["{% for a, b in documents %}", "{% if user.role ... %}"]


def test_turns_within_a_loop() -> None:
    """promptflow's role lines tell turns apart, also where a loop writes them."""
    text = (
        "# system:\nYou are a bot.\n{% for item in chat_history %}\n# user:\n{{ item.question }}\n{% endfor %}\n"
        "# user:\n{{ question }}\n"
    )
    prompt = only("prompts/chat.jinja2", text)
    assert [(section, role) for section, role, _ in blocks(prompt)] == snapshot(
        [("system", "system"), ("messages", "user"), ("messages", "user")]
    )
    assert [part.block for part in prompt.parts if part.content is Content.HISTORY] == [1, 1, 1]


def test_include(tmp_path: Path) -> None:
    """An included file's pieces count in that file; what cannot be found is unknown."""
    (tmp_path / "tone.j2").write_text("Be kind to {{ user_name }}.")
    text = "You are a bot. {% include 'tone.j2' %} {% include 'gone.j2' %}"
    path = str(tmp_path / "prompts.j2")
    prompt = only(path, text)
    assert [(part.text, part.file) for part in prompt.parts] == [
        ("You are a bot. ", ""),
        ("Be kind to ", str(tmp_path / "tone.j2")),
        ("{{ user_name }}", str(tmp_path / "tone.j2")),
        (".", str(tmp_path / "tone.j2")),
        (" ", ""),
        ("{% include 'gone.j2' %}", ""),
    ]
    assert changing(prompt) == [("{{ user_name }}", "per user"), ("{% include 'gone.j2' %}", "unknown")]


@pytest.mark.parametrize("name", ["../secret.j2", "/etc/passwd", ".env", "link.j2", "loop.j2"])
def test_includes_stay_in_the_folder(name: str, tmp_path: Path) -> None:
    """A template reaches neither upwards, nor hidden files, nor through links, nor itself without end."""
    prompts = tmp_path / "a" / "b" / "c" / "prompts"
    prompts.mkdir(parents=True)
    (tmp_path / "secret.j2").write_text("hidden text")
    (prompts / ".env").write_text("hidden text")
    (prompts / "link.j2").symlink_to(tmp_path / "secret.j2")
    (prompts / "loop.j2").write_text("{% include 'loop.j2' %}")
    prompt = only(str(prompts / "bot.j2"), f"You are a bot. {{% include '{name}' %}}")
    assert "hidden text" not in "".join(part.text or "" for part in prompt.parts)
    assert changing(prompt)[-1][1] == "unknown"


def test_file_of_macros() -> None:
    """A file that defines only macros gives a fragment for each."""
    text = "{% macro system(date) %}You are a bot. {{ date }}{% endmacro %}\n{% macro user() %}{{ question }}{% endmacro %}\n"
    found = read_prompts("prompts/all.j2", text)
    assert [(prompt.name, prompt.fragment, changing(prompt)) for prompt in found] == [
        ("system", True, [("{{ date }}", "every day")]),
        ("user", True, [("{{ question }}", "per request")]),
    ]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("You are\n{% if x %}", 2, "Unexpected end of template"),
        ("a\nb {{ x", 2, "unexpected end of template"),
        ("{% for %}", 1, "Expected an expression"),
        ("{{ " + "(" * 20_000, 0, "nested too deeply"),
        ("{{ 1" + "0" * 5000 + " }}", 0, "thousands of digits"),
    ],
)
def test_broken(text: str, line: int, message: str) -> None:
    """A broken template is one clear fault with its line."""
    with pytest.raises(InputError) as caught:
        read_prompts("prompts/a.j2", text)
    (problem,) = caught.value.problems
    assert (problem.line, problem.path) == (line, "prompts/a.j2")
    assert message in problem.message


def test_markdown_with_statements_is_jinja() -> None:
    """Templates also stand in files whose names do not say so; where they do not parse, braces are all there is."""
    assert changing(only("prompts/a.md", "{% if x %}Hi{% endif %} {{ now() | strftime('%H') }}")) == [
        ("{{ now() | strftime('%H') }}", "every hour")
    ]
    assert changing(only("prompts/a.md", "Write {% if %} and {{ question }}")) == [("{{ question }}", "per request")]
