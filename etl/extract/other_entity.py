"""Whether an element is about another entity than the page's article."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from etl.extract.tree import ancestors, classes, kept

_FOREIGN = re.compile(
    r"(?:^|[\s_-])(?:comments?(?!-(?:open|closed|off))(?:-?(?:list|area|body|author|section|meta|content))?|commentlist|kommentare?|commentaires?|comentarios?|comentários?|commenti|reacties|leserbriefe?|discussion|replies|respond|related\w*|recommend\w*|sidebar|widget-area|"
    r"teasers?|most-?read|trending|popular|recent|latest|more-(?:from|on|stories)|carousel|site-?footer|page-?footer)(?:$|[\s_-])|(?:^|\s)(?:nav|menu|widget(?!\s+blog\b))(?:$|\s)"
)
_OTHER_KIND = re.compile(r"Comment|Organization|ImageObject|WPHeader|WPFooter|BreadcrumbList|ListItem|WebSite")
_names_another = kept(lambda names: _FOREIGN.search(names) is not None)
_WHOLE = frozenset(("body", "html", "main"))


def is_of_other_entity(element: HtmlElement) -> bool:
    """Whether an element is about another entity than the article: a comment, a related article, an organisation."""
    in_footer = False
    for parent in (element, *ancestors(element, 14)):
        tag = parent.tag
        if tag in _WHOLE:
            break
        kind = parent.get("itemtype")
        if kind and _OTHER_KIND.search(kind):
            return True
        if tag in ("aside", "nav", "figure") or (
            tag != "article" and (names := classes(parent)) and _names_another(names)
        ):
            return True
        if tag == "footer":
            in_footer = True
        elif tag == "article":
            return False  # themes put the byline into the article's own footer
    return in_footer
