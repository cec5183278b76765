"""Headlines keep what is theirs, and lose what is the site's."""

from __future__ import annotations

import pytest
from news_html import PARAGRAPHS, paragraphs, read


def page(body: str, *, title: str, head: str = "", url: str = "https://www.corti-news.example/a/1") -> str | None:
    markup = (
        f'<html lang="en"><head><title>{title}</title>{head}</head><body>{body}{paragraphs(PARAGRAPHS)}</body></html>'
    )
    return read(markup, url=url).title


SITE = '<meta property="og:site_name" content="Corti">'


@pytest.mark.parametrize(
    "headline",
    [
        "Corti introduces GIM: a method for reading models", "Corti’s 2024 predictions: Welcome to the great reset", "Corti and the sea: How a harbour town learned to wait", "Corti 3: Official release",
        "Corti Council: No money for the ferry", "Cortisol and sleep: What is known",
    ],
)  # fmt: skip
def test_a_headline_that_begins_with_the_sites_name_is_kept_whole(headline: str) -> None:
    assert page(f"<h1>{headline}</h1>", title=f"{headline} | Corti", head=SITE) == headline


@pytest.mark.parametrize(
    ("title", "url"),
    [
        ("Night ferry stays for the winter – Nûrojev Co. %100 Kurdî", "https://www.nurojev.example/a"), ("Night ferry stays for the winter - The Corti Times", "https://www.cortitimes.example/a"), ("Night ferry stays for the winter | Corti Online", "https://www.corti.example/a"),
        ("The Corti Times: Night ferry stays for the winter", "https://www.cortitimes.example/a"), ("Corti Blog: Night ferry stays for the winter", "https://www.corti.example/a"), ("Night ferry stays for the winter « Corti.example", "https://www.corti.example/a"), ("Night ferry stays for the winter · Le Corti", "https://www.corti.example/a"),
    ],
)  # fmt: skip
def test_the_sites_name_goes_with_article_accents_and_suffix(title: str, url: str) -> None:
    assert page("", title=title, url=url) == "Night ferry stays for the winter"


@pytest.mark.parametrize(
    "body",
    [
        '<h3 class="post-title entry-title">Night ferry stays for the winter</h3>', '<div class="headline">Night ferry stays for the winter</div>', '<div class="article__title">Night ferry stays for the winter</div>', '<p class="entry-title">Night ferry stays for the winter</p>',
        '<h1 class="logo">My harbour</h1><h3 class="post-title">Night ferry stays for the winter</h3>', '<span class="story-headline">Night ferry stays for the winter</span>', '<h4 class="news-title"><a href="/a/1">Night ferry stays for the winter</a></h4>',
    ],
)  # fmt: skip
def test_a_headline_is_found_by_its_class(body: str) -> None:
    assert page(body, title="My harbour: Night ferry stays for the winter") == "Night ferry stays for the winter"


def test_a_front_page_as_canonical_address_says_nothing_of_an_article() -> None:
    head = '<link rel="canonical" href="https://www.corti-news.example/">'
    markup = (
        f"<html><head><title>x</title>{head}</head><body><h1>Night ferry</h1>{paragraphs(PARAGRAPHS)}</body></html>"
    )
    assert read(markup, url="https://www.corti-news.example/a/1").canonical_url is None
