"""Kinds of page with a text that is no news: shops, forums, documentation, encyclopedias, reviews and other matter.

What the page says of itself in structured data comes first, its publishing system second, its address third. A page that
says it is a news article is one, and what is dated for machines is judged by its structured data alone: newspapers have
pages under "/forum/" and "/help/" that are articles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from etl.extract import jsonld
from etl.extract.signals import Signals
from etl.model import PageType
from etl.normalize.text import folded

_NEWS = re.compile(
    r"(?:^|\s)(?:NewsArticle|ReportageNewsArticle|AnalysisNewsArticle|BackgroundNewsArticle|OpinionNewsArticle|AskPublicNewsArticle|LiveBlogPosting)(?:$|\s)"
)
# By the types of https://schema.org, whole names.
_BY_TYPE = {
    PageType.REVIEW: frozenset(("Review", "CriticReview", "EmployerReview", "UserReview", "ReviewNewsArticle")),
    PageType.FORUM: frozenset(("DiscussionForumPosting", "QAPage", "Question")),
    PageType.DOCUMENTATION: frozenset(("TechArticle", "APIReference")),
    PageType.PRODUCT: frozenset(("Product", "ProductGroup", "ProductModel", "IndividualProduct", "Vehicle", "Car", "SoftwareApplication", "MobileApplication", "WebApplication")),
    PageType.ENCYCLOPEDIA: frozenset(("DefinedTerm", "DefinedTermSet")),
    PageType.OTHER: frozenset((
        "Recipe", "JobPosting", "Event", "BusinessEvent", "MusicEvent", "SportsEvent", "TheaterEvent", "Festival", "Course", "CourseInstance", "Book", "Movie", "TVSeries", "MusicAlbum", "MusicGroup", "RealEstateListing", "Dataset", "SoftwareSourceCode", "HowTo", "AboutPage", "ContactPage", "CheckoutPage",
        "TouristAttraction", "ScholarlyArticle", "MedicalScholarlyArticle", "Thesis", "Legislation", "MedicalCondition", "Drug",
    )),
}  # fmt: skip
# Of a page that has an article's node as well, these are things that the article speaks of.
_BESIDE_ARTICLES = frozenset((PageType.PRODUCT, PageType.ENCYCLOPEDIA, PageType.OTHER, PageType.REVIEW, PageType.FORUM))
# Nodes of these types stand within others as well: questions of a list, what buyers say of a product.
_WITHIN_OTHERS = frozenset(("Question", "Review", "UserReview"))
_SYSTEMS = (  # what generators call themselves
    (PageType.ENCYCLOPEDIA, re.compile(r"mediawiki|moinmoin|foswiki|xwiki|tiddlywiki", re.I)),
    (PageType.FORUM, re.compile(r"vbulletin|xenforo|phpbb|discourse|invision|mybb|simple machines|flarum|fluxbb|woltlab|nodebb|vanilla forums", re.I)),
    (PageType.DOCUMENTATION, re.compile(r"sphinx|mkdocs|docusaurus|gitbook|vuepress|vitepress|docfx|doxygen|javadoc|antora|readme\.io|dokuwiki|bookstack|nextra|starlight", re.I)),
)  # fmt: skip
# Classes and ids that their themes give to the whole page.
_MARKS = {
    "mediawiki": PageType.ENCYCLOPEDIA, "mw-content-text": PageType.ENCYCLOPEDIA, "mw-parser-output": PageType.ENCYCLOPEDIA,
    "phpbb": PageType.FORUM, "xenforo": PageType.FORUM, "p-body-content message-list": PageType.FORUM, "ipsapp": PageType.FORUM, "discourse-root": PageType.FORUM, "vbulletin": PageType.FORUM,
    "theme-doc-markdown": PageType.DOCUMENTATION, "sphinxsidebar": PageType.DOCUMENTATION, "rst-content": PageType.DOCUMENTATION, "wy-nav-content": PageType.DOCUMENTATION,  "gitbook-root": PageType.DOCUMENTATION,
    "single-product": PageType.PRODUCT, "product-template-default": PageType.PRODUCT, "template-product": PageType.PRODUCT,
}  # fmt: skip
_PATHS = (
    (PageType.ENCYCLOPEDIA, re.compile(r"/(?:wiki|encyclop(?:a|ae)?edia|enciclopedia|lexikon|glossar(?:y|io|en)?|glossaire|w[öo]rterbuch|dictionary|definition|definici[oó]n|slovnik|ensiklopedi|baike|百科)/[^/]", re.I)),
    (PageType.FORUM, re.compile(r"/(?:forums?|foren|foros?|threads?|community/t)/[^?]{0,200}\d|/(?:showthread|viewtopic|topic)\.(?:php|html?)", re.I)),
    (PageType.DOCUMENTATION, re.compile(r"/(?:docs?|documentation|manuals?|handbook|api|apidocs?|reference|man-?pages?|knowledge-?base|kb|hc|help|hilfe|ayuda|aide|support)/[^/]", re.I)),
    (PageType.PRODUCT, re.compile(r"/(?:products?|produkt(?:e|er|y)?|productos?|produits?|prodotti|shop|tienda|boutique)/[^/]", re.I)),
    (PageType.OTHER, re.compile(r"^/(?:[a-z]{2}/)?(?:about(?:-us)?|contact(?:-us)?|kontakt|impressum|imprint|privacy(?:-policy)?|datenschutz(?:erklaerung)?|terms(?:-of-(?:use|service))?|agb|faqs?|jobs?|careers?|karriere|pricing|preise|services?|"
                                r"leistungen|team|ueber-uns|über-uns|quienes-somos|contacto|aviso-legal|mentions-legales|a-propos|qui-sommes-nous|chi-siamo|contatti|over-ons|om-oss|hakkimizda|iletisim|o-nas|tentang-kami|sobre(?:-nos)?)/?(?:\.\w{3,5})?$", re.I)),
)  # fmt: skip
_HOSTS = re.compile(r"^(?:docs?|api|manual|help|support|kb|wiki)\.", re.I)
_SCAFFOLDING = frozenset(
    "WebSite WebPage ItemPage Organization NewsMediaOrganization Corporation BreadcrumbList ListItem ImageObject Person SearchAction ReadAction EntryPoint SiteNavigationElement WPHeader WPFooter WPSideBar "
    "SpeakableSpecification ItemList PropertyValueSpecification PostalAddress ContactPoint Brand Offer AggregateOffer AggregateRating Rating Comment VideoObject AudioObject Thing CreativeWork".split()
)


def kind_of(signals: Signals) -> PageType | None:
    """The kind of a page that is no article; None for articles."""
    own = jsonld.types(signals.article or {})
    if _NEWS.search(own) and "ReviewNewsArticle" not in own:
        return None
    return _by_type(signals, own) or _by_system(signals) or (None if _is_dated(signals) else _by_address(signals.url))


def schema_type(signals: Signals) -> str | None:
    """The page's own type in JSON-LD, as it stands there: its article's, else that of the first thing it describes.

    Of several types of one node the first that says something.
    """
    for node in (signals.article or {}, *signals.nodes[:60]):
        if found := next((kind for kind in jsonld.types(node).split() if kind not in _SCAFFOLDING), None):
            return found[:_MAX_TYPE]
    return next((kind for node in signals.nodes[:60] for kind in jsonld.types(node).split() if kind == "WebPage"), None)


_MAX_TYPE = 80


def _by_type(signals: Signals, own: str) -> PageType | None:
    types = set(own.split())
    if types <= _WITHIN_OTHERS and not _heads_the_page(signals):
        types = set()
    if types and (kind := _of_types(types)):
        return kind
    if (signals.first("og:type") or "").casefold() in ("product", "og:product", "product.item", "product.group"):
        return PageType.PRODUCT
    kind = _of_types({kind for node in signals.nodes[:30] for kind in jsonld.types(node).split()} - _WITHIN_OTHERS)
    is_article = bool(types) or (signals.first("og:type") or "") == "article"
    return None if is_article and kind in _BESIDE_ARTICLES else kind


def _heads_the_page(signals: Signals) -> bool:
    """Whether the node that was taken for the article bears the page's title."""
    node = signals.article or {}
    name = folded(jsonld.text(node.get("headline")) or jsonld.text(node.get("name")) or "")
    titles = (signals.title_tag, signals.first("og:title"), *(text for text, _ in signals.h1s[:2]))
    return bool(name) and any(name in folded(title) for title in titles if title)


def _of_types(types: Iterable[str]) -> PageType | None:
    found = set(types)
    return next((kind for kind, names in _BY_TYPE.items() if names & found), None)


def _by_system(signals: Signals) -> PageType | None:
    told = " ".join(value for value, _ in signals.meta("generator", "application-name"))
    if told and (kind := next((kind for kind, pattern in _SYSTEMS if pattern.search(told)), None)):
        return kind
    marks = (_MARKS[token] for names in sorted(signals.names) for token in names.split() if token in _MARKS)
    return next(marks, None)


def _by_address(url: str) -> PageType | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    host = (parts.hostname or "").casefold()
    if (match := _HOSTS.match(host)) is not None:
        return PageType.ENCYCLOPEDIA if match[0].startswith("wiki") else PageType.DOCUMENTATION
    return next((kind for kind, pattern in _PATHS if pattern.search(parts.path)), None)


def _is_dated(signals: Signals) -> bool:
    """Whether the page tells machines when it was published, as articles do."""
    return bool(
        (signals.article or {}).get("datePublished")
        or signals.first("article:published_time", "og:article:published_time")
        or signals.props.get("datepublished")
    )
