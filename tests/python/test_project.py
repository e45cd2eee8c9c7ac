"""Prompts across the modules and files of a project."""

from __future__ import annotations

from pathlib import Path

import pytest

from cachecalc.core.prompt import Confidence, Part
from cachecalc.load.python import Project, read_python

SEND = "anthropic.Anthropic().messages.create(system=system, messages=[])"


def project(root: Path, files: dict[str, str]) -> Project:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Project([str(root)])


def changing(root: Path, file: str, modules: Project) -> list[Part]:
    path = root / file
    prompts = read_python(str(path), path.read_text(), modules)
    parts = [part for prompt in prompts for part in prompt.parts]
    return [
        part
        for part in parts
        if not part.volatility.is_static and part.confidence > Confidence.POSSIBLE and part.origin
    ]


APP = f"""import anthropic
from clocks import stamp
RULES = "You are a tutor. Let the pupil do each step, and ask before you show one."
def ask():
    system = f"{{stamp()}} {{RULES}}"
    return {SEND}
"""
CLOCKS = "import datetime\ndef stamp():\n    return datetime.datetime.now()\n"


@pytest.mark.parametrize(
    ("statement", "call"),
    [
        ("from clocks import stamp", "stamp()"),
        ("from clocks import stamp as now", "now()"),
        ("import clocks", "clocks.stamp()"),
        ("import clocks as c", "c.stamp()"),
        ("from clocks import *", "stamp()"),
        ("from . import clocks", "clocks.stamp()"),
        ("from .clocks import stamp", "stamp()"),
    ],
)
def test_a_clock_of_another_module_is_seen(statement: str, call: str, tmp_path: Path) -> None:
    """Imports in every form lead to the module that reads it."""
    app = APP.replace("from clocks import stamp", statement).replace("stamp()", call, 1)
    modules = project(tmp_path, {"app.py": app, "clocks.py": CLOCKS})
    (part,) = changing(tmp_path, "app.py", modules)
    assert (part.origin, part.file) == ("datetime.datetime.now()", "")


def test_a_package_is_searched_from_the_root_and_from_src(tmp_path: Path) -> None:
    """`from pkg.clocks import stamp`, wherever the package is kept, re-exported or not."""
    app = APP.replace("from clocks", "from pkg")
    init = "from pkg.inner.clocks import stamp\n"
    package = {"__init__.py": init, "inner/__init__.py": "", "inner/clocks.py": CLOCKS}
    modules = project(tmp_path, {"app.py": app, **{f"src/pkg/{name}": text for name, text in package.items()}})
    assert len(changing(tmp_path, "app.py", modules)) == 1


def test_a_prompt_of_another_module_is_reported_at_its_own_file(tmp_path: Path) -> None:
    """The text stands there, and so does its clock."""
    prompts = "import datetime\ndef build_prompt():\n    return f'You are a tutor. It is {datetime.datetime.now()}. Be kind.'\n"
    app = f"import anthropic\nfrom prompts import build_prompt\ndef ask():\n    system = build_prompt()\n    return {SEND}\n"
    modules = project(tmp_path, {"app.py": app, "prompts.py": prompts})
    assert [part.file for part in changing(tmp_path, "app.py", modules)] == [str(tmp_path / "prompts.py")]
    (part,) = changing(tmp_path, "prompts.py", modules)
    assert part.span
    assert prompts[part.span.start : part.span.end] == "{datetime.datetime.now()}"


def test_a_template_of_another_module_is_filled_here(tmp_path: Path) -> None:
    """The text stands in one file, its clock in another: the part counts in the file of its text."""
    prompts = 'SYSTEM = """You are a tutor. It is {now}.\nLet the pupil do each step, and ask before you show one."""\n'
    app = (
        "import anthropic, datetime\nimport prompts\n"
        f"def ask():\n    system = prompts.SYSTEM.format(now=datetime.datetime.now())\n    return {SEND}\n"
    )
    modules = project(tmp_path, {"app.py": app, "prompts.py": prompts})
    (part,) = changing(tmp_path, "app.py", modules)
    assert part.span
    assert part.file == str(tmp_path / "prompts.py")
    assert prompts[part.span.start : part.span.end] == "{now}"
    assert part.origin_span
    assert app[part.origin_span.start : part.origin_span.end] == "datetime.datetime.now()"
    assert part.origin_file == str(tmp_path / "app.py")


def test_a_text_sent_by_another_module_is_a_prompt_of_its_own(tmp_path: Path) -> None:
    """A wrapper of the client lives elsewhere."""
    llm = "import anthropic\ndef complete(system, question):\n    return anthropic.Anthropic().messages.create(system=system, messages=[{'role': 'user', 'content': question}])\n"
    app = "import datetime\nfrom llm import complete\ndef ask(question):\n    return complete(f'It is {datetime.datetime.now()}. You are a poet.', question)\n"
    modules = project(tmp_path, {"app.py": app, "llm.py": llm})
    assert "datetime.datetime.now()" in [part.origin for part in changing(tmp_path, "app.py", modules)]


def test_a_base_class_may_stand_in_another_module(tmp_path: Path) -> None:
    """Attributes and methods are inherited."""
    base = "import datetime\nclass Base:\n    def clock(self):\n        return datetime.datetime.now()\n"
    app = (
        "import anthropic\nfrom base import Base\nclass Bot(Base):\n"
        f"    def ask(self):\n        system = f'You are a bot. {{self.clock()}}'\n        return {SEND}\n"
    )
    modules = project(tmp_path, {"app.py": app, "base.py": base})
    assert [part.origin for part in changing(tmp_path, "app.py", modules)] == ["datetime.datetime.now()"]


def test_modules_that_import_one_another_are_read(tmp_path: Path) -> None:
    """A cycle ends."""
    other = "from app import OWN\nOTHER_PROMPT = 'You are the other one, and rather kind.'\nOTHER = OWN\n"
    app = f"{APP}\nfrom other import OTHER\nOWN = 1\n"
    modules = project(tmp_path, {"app.py": app, "clocks.py": CLOCKS, "other.py": other})
    assert len(changing(tmp_path, "app.py", modules)) == 1
    assert read_python(str(tmp_path / "other.py"), (tmp_path / "other.py").read_text(), modules)


def test_a_broken_module_is_as_good_as_absent(tmp_path: Path) -> None:
    """Its own fault is told where it is read itself."""
    modules = project(tmp_path, {"app.py": APP, "clocks.py": "def stamp(:\n    datetime.now()\n"})
    assert changing(tmp_path, "app.py", modules) == []


def test_nothing_outside_the_roots_is_opened(tmp_path: Path) -> None:
    """Not by an import, and not by a path in the code."""
    (tmp_path / "secret.md").write_text("You are a secret. It is {now}.")
    app = (
        "import datetime\nfrom pathlib import Path\nfrom ..clocks import stamp\n"
        "PROMPT = Path('../secret.md').read_text()\n"
        "def build_prompt():\n    return PROMPT.format(now=stamp())\n"
    )
    (tmp_path / "clocks.py").write_text(CLOCKS)
    modules = project(tmp_path / "app", {"main.py": app})
    assert changing(tmp_path / "app", "main.py", modules) == []


LOADS = {
    "read_text": "TEXT = Path('prompts/tutor.md').read_text()",
    "beside the file": "TEXT = (Path(__file__).parent / 'prompts' / 'tutor.md').read_text(encoding='utf-8')",
    "open": "with open('prompts/tutor.md') as file:\n    TEXT = file.read()",
    "join": "TEXT = open(os.path.join(os.path.dirname(__file__), 'prompts', 'tutor.md')).read()",
}


@pytest.mark.parametrize("load", [pytest.param(load, id=name) for name, load in LOADS.items()])
def test_a_prompt_file_is_read(load: str, tmp_path: Path) -> None:
    """A text kept in a file of its own is the program's text."""
    app = (
        f"import datetime, os\nfrom pathlib import Path\n{load}\n"
        "def build_prompt():\n    return TEXT.format(now=datetime.datetime.now())\n"
    )
    text = "You are a tutor. It is {now}. Let the pupil do each step."
    modules = project(tmp_path, {"app.py": app, "prompts/tutor.md": text})
    (part,) = changing(tmp_path, "app.py", modules)
    assert part.origin == "datetime.datetime.now()"


def test_a_template_is_loaded_by_name(tmp_path: Path) -> None:
    """Jinja finds it in a folder of templates."""
    app = (
        "import datetime, jinja2\nenv = jinja2.Environment()\n"
        "def build_prompt():\n    return env.get_template('tutor.j2').render(now=datetime.datetime.now())\n"
    )
    text = "You are a tutor. It is {{ now }}. {# a note #}Let the pupil do each step."
    modules = project(tmp_path, {"app.py": app, "templates/tutor.j2": text})
    (part,) = changing(tmp_path, "app.py", modules)
    assert part.origin == "datetime.datetime.now()"


def test_a_template_is_found_though_its_folder_is_not_known(tmp_path: Path) -> None:
    """A loader that puts the path together from settings means the only file of that name."""
    engine = (
        "class Engine:\n    def load_prompt(self, name, **values):\n"
        "        return self.env.get_template(f'{self.folder}/{name}.j2').render(**values)\nengine = Engine()\n"
    )
    app = (
        "import datetime\nfrom engine import engine\n"
        "def build_prompt():\n    return engine.load_prompt('tutor', at=datetime.datetime.now())\n"
    )
    text = "You are a tutor. It is {{ at }}. Let the pupil do each step."
    modules = project(tmp_path, {"app.py": app, "engine.py": engine, "texts/en/tutor.j2": text})
    (part,) = changing(tmp_path, "app.py", modules)
    assert part.origin == "datetime.datetime.now()"


def test_a_template_of_a_package_is_read(tmp_path: Path) -> None:
    """A prompt class may open the file by itself, from the resources of a package."""
    app = (
        "import datetime\nfrom importlib.resources import files\nfrom langchain.prompts import PromptTemplate\n"
        "def build_prompt():\n    template = PromptTemplate.from_file(files('app.texts').joinpath('tutor.md'))\n"
        "    return template.format(**{'now': datetime.datetime.now()})\n"
    )
    text = "You are a tutor. It is {now}. Let the pupil do each step."
    modules = project(tmp_path, {"app/main.py": app, "app/texts/tutor.md": text})
    (part,) = changing(tmp_path, "app/main.py", modules)
    assert part.origin == "datetime.datetime.now()"


def test_tests_below_a_root_hold_no_prompts(tmp_path: Path) -> None:
    """A directory called `tests` counts only below the root that was named."""
    modules = project(tmp_path / "tests", {"tests/helpers.py": APP, "app.py": APP})
    inner, outer = tmp_path / "tests" / "tests" / "helpers.py", tmp_path / "tests" / "app.py"
    assert read_python(str(inner), APP, modules) == []
    assert read_python(str(outer), APP, modules)
