"""What the documentation of lint says is so."""

from __future__ import annotations

import importlib.resources
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from cachecalc.load import config
from tests.lint.project import CLOCK, Capture, findings, put, run

DOCS = Path(__file__).parents[2] / "docs"
CI = (DOCS / "ci.md").read_text("utf-8")
LINT = (DOCS / "lint.md").read_text("utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def schema(name: str) -> Any:
    """One of the CI providers' own schemas, as check-jsonschema carries them."""
    vendor = importlib.resources.files("check_jsonschema.builtin_schemas.vendor")
    return json.loads((vendor / name).read_text("utf-8"))


def recipes(key: str) -> list[Any]:
    return [value for value in map(yaml.safe_load, blocks(CI, "yaml")) if key in json.dumps(value)]


@pytest.mark.parametrize("recipe", recipes('"runs-on"'))
def test_github_recipes_are_workflows(recipe: Any) -> None:
    """Each recipe is a whole workflow by GitHub's schema; no expression is pasted into a shell."""
    jsonschema_rs.validate(
        schema("github-workflows.json"), {"on" if key is True else key: recipe[key] for key in recipe}
    )
    steps = [step for job in recipe["jobs"].values() for step in job["steps"]]
    assert not any("${{" in step.get("run", "") for step in steps)


@pytest.mark.parametrize("recipe", recipes('"artifacts"'))
def test_gitlab_recipes_are_pipelines(recipe: Any) -> None:
    """Each recipe is a pipeline by GitLab's schema."""
    jsonschema_rs.validate(schema("gitlab-ci.json"), recipe)


@pytest.mark.slow
def test_the_pre_commit_recipe_is_a_configuration(tmp_path: Path) -> None:
    """pre-commit itself accepts the recipe and our hooks."""
    (recipe,) = recipes('"repos"')
    path = put(tmp_path, "recipe.yaml", yaml.safe_dump(recipe))
    subprocess.run([sys.executable, "-m", "pre_commit", "validate-config", path], check=True)
    subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-manifest", DOCS.parent / ".pre-commit-hooks.yaml"], check=True
    )


def test_every_recipe_is_checked() -> None:
    """No block of YAML is of a kind that none of the tests above knows."""
    assert len(blocks(CI, "yaml")) == sum(len(recipes(key)) for key in ('"runs-on"', '"artifacts"', '"repos"'))


@pytest.mark.parametrize("command", ["lint", "lock"])
def test_every_flag_in_the_docs_exists(capsys: Capture, command: str) -> None:
    """A flag that the docs show is one that the command has."""
    _, out, _ = run(capsys, command, "--help")
    shown = re.findall(rf"cachecalc {command}([^`#\n|]*)", CI + LINT)
    assert {flag for line in shown for flag in re.findall(r"(?<![\w-])--[a-z][a-z-]+", line)} <= set(
        re.findall(r"--[a-z-]+", out)
    )


def test_the_configuration_shown_is_valid(tmp_path: Path) -> None:
    """Every key of the example is read, and the example has every key there is."""
    (example,) = blocks(LINT, "toml")
    found = config.load(put(tmp_path, "pyproject.toml", example))
    assert found.per_path_ignores["tests/**"] == ("CC1",)
    assert set(tomllib.loads(example)["tool"]["cachecalc"]) == set(config.KEYS)


def test_the_json_shown_has_the_keys_there_are(capsys: Capture, tmp_path: Path) -> None:
    """The example's keys are all in a real report."""
    (example,) = blocks(LINT, "json")
    shown = json.loads(example)
    (finding,) = findings(capsys, put(tmp_path, "system.j2", CLOCK))
    assert set(shown["findings"][0]) <= set(finding)


def test_comments_shown_silence(capsys: Capture, tmp_path: Path) -> None:
    """The comment forms of the table are the ones that work."""
    forms = dict(re.findall(r"^\| (\w+)[^|]*\| `(.+)` \|$", LINT, re.MULTILINE))
    for language, name in (("Jinja", "system.j2"), ("Markdown", "prompt.md"), ("Handlebars", "system.hbs")):
        clock = "{{ now }}" if language == "Handlebars" else "{{ now() }}"
        text = CLOCK.replace("{{ now() }}", clock)
        path = put(tmp_path, name, text)
        assert len(findings(capsys, path)) == 1, language
        put(tmp_path, name, text.replace("It is", f"{forms[language]}\nIt is"))
        assert findings(capsys, path) == [], language
