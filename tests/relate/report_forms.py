"""Reports of one form with other facts, in 30 languages (`report_forms.yaml`)."""

from __future__ import annotations

from pathlib import Path

import yaml

_FILE = Path(__file__).with_name("report_forms.yaml")

# Language, kind, what all of them could be headed, title, text, and the facts of three reports or more.
FORMS: list[tuple[str, str, str, str, str, list[list[str]]]] = [
    tuple(form) for form in yaml.safe_load(_FILE.read_text("utf-8"))
]


def reports(language: str, kind: str) -> list[tuple[str, str]]:
    """Return title and text of the reports of a form."""
    title, text, facts = next(form[3:] for form in FORMS if form[:2] == (language, kind))
    return [(title.format(*these), text.format(*these)) for these in facts]
