"""Write docs/rules/ and docs/conformance-lint.md from the rules: `python -m scripts.write_rule_pages`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cachecalc.core import rules
from cachecalc.report import rule_page

DOCS = Path(__file__).parents[1] / "docs"


def pages() -> Mapping[Path, str]:
    """Every generated page with its path under docs/."""
    return {
        Path("rules/README.md"): rule_page.list_markdown(rules.ALL),
        Path("conformance-lint.md"): rule_page.conformance(rules.ALL),
        **{Path(f"rules/{rule.name}.md"): rule_page.markdown(rule) for rule in rules.ALL},
    }


def main() -> None:
    for path, text in pages().items():
        target = DOCS / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
