"""Python source and notebooks as prompts: what text is built, from what, when, and where it lands in the prefix."""

from cachecalc.load.python.notebook import read_notebook
from cachecalc.load.python.prefilter import may_hold_prompt
from cachecalc.load.python.project import Project
from cachecalc.load.python.reader import read_python

__all__ = ["Project", "may_hold_prompt", "read_notebook", "read_python"]
