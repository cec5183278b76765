"""Signals of rights, each with what follows for store, show, export and train: `n`, `y`, `-` for unknown, in that order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

SITE = "https://news.example"
URL = f"{SITE}/politik/story"
TERMS = f"{SITE}/license.xml"
FREE = "----"  # nothing is said


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    expected: str
    robots: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    head: str = ""
    tdmrep: str | None = None
    terms: dict[str, str] = field(default_factory=dict)
    url: str = URL


def group(*lines: str) -> str:
    return "\n".join(("User-agent: *", *lines, "Allow: /"))


def meta(content: str, name: str = "robots") -> str:
    return f'<meta name="{name}" content="{content}">'


def rsl(inner: str, *, url: str = "/", more: str = "") -> str:
    return f'<rsl xmlns="https://rslstandard.org/rsl"><content url="{url}"{more}><license>{inner}</license></content></rsl>'


def permits(tokens: str, kind: str = "usage") -> str:
    return f'<permits type="{kind}">{tokens}</permits>'


def prohibits(tokens: str, kind: str = "usage") -> str:
    return f'<prohibits type="{kind}">{tokens}</prohibits>'


def payment(kind: str, amount: str = "") -> str:
    return f'<payment type="{kind}">{amount}</payment>'


# What is said to all crawlers, in the notations in which it is found.
DIRECTIVES = {
    "noindex": "-nn-",
    "NOINDEX": "-nn-",
    "none": "-nn-",
    "noindex, nofollow": "-nn-",
    "noindex,nofollow": "-nn-",
    "noindex nofollow": "-nn-",
    "noindex; nofollow": "-nn-",
    " , noindex ,, ": "-nn-",
    "nosnippet": "-nn-",
    "max-snippet:0": "-nn-",
    "max-snippet: 0": "-nn-",
    "max-snippet:00": "-nn-",
    "index, max-snippet:0, follow": "-nn-",
    "noarchive": "n-n-",
    "NoArchive": "n-n-",
    "nocache": "n-n-",
    "nocache, noarchive": "n-n-",
    "index,follow,noarchive": "n-n-",
    "max-image-preview:large, noarchive": "n-n-",
    "max-snippet:-1, max-image-preview:large, max-video-preview:-1, noarchive": "n-n-",
    "noarchive, nosnippet": "nnn-",
    "noindex, noarchive": "nnn-",
    "noai": "---n",
    "noai, noimageai": "---n",
    "NOAI": "---n",
    "noindex, noarchive, noai": "nnnn",
    "unavailable_after: 2026-01-01": "-nn-",
    "unavailable_after: 25 Jun 2020 15:00:00 GMT": "-nn-",
    "unavailable_after: Thu, 25 Jun 2020 15:00:00 GMT": "-nn-",
    "unavailable_after: 25 Jun 2020 15:00:00 GMT, noarchive": "nnn-",
    "index, follow": FREE,
    "all": FREE,
    "index": FREE,
    "": FREE,
    "nofollow": FREE,
    "noimageai": FREE,
    "noimageindex": FREE,
    "notranslate": FREE,
    "noodp, noydir": FREE,
    "indexifembedded": FREE,
    "max-snippet:-1": FREE,
    "max-snippet:160": FREE,
    "max-snippet:100, index": FREE,
    "max-image-preview:none": FREE,
    "max-video-preview:0": FREE,
    "archive": FREE,
    "no-index": FREE,
    "noindexing": FREE,
    "noaiimage": FREE,
    "unavailable_after: 2099-01-01": FREE,
    "unavailable_after: never": FREE,
    "unavailable_after:": FREE,
    "max-snippet:": FREE,
    "max-snippet:zero": FREE,
}
# X-Robots-Tag: of whom a directive is said.
NAMED = {
    "otherbot: noindex": FREE,
    "otherbot: noindex, noarchive": FREE,
    "googlebot: noarchive": FREE,
    "NewsETL: noarchive": "n-n-",
    "newsetl: noai": "---n",
    "newsetl : noai": "---n",
    "otherbot: noindex, NewsETL: noarchive": "n-n-",
    "noai, otherbot: noindex": "---n",
    "otherbot: noindex, *: noai": "---n",
    "otherbot: max-snippet:0": FREE,
    "newsetl: max-snippet: 0": "-nn-",
    "newsetl: noindex, nofollow, noai": "-nnn",
    "newsetlx: noindex": FREE,
    ": noindex": FREE,
}
AIPREF = {
    "train-ai=n": "---n",
    "train-ai=y": "---y",
    "train-ai=n, search=y": "---n",
    "search=n": "-nn-",
    "search=n, train-ai=n": "-nnn",
    "search=y": FREE,
    "search=n, train-ai=y": "-nny",
    "ai-use=n": FREE,
    "ai-use=n, train-ai=n": "---n",
    "train-ai=y;x=1": "---y",
    "train-ai=n;x=1, search=y": "---n",
    "train-ai = n": "---n",
    # A no counts however it is written, a yes as the draft has it.
    "Train-AI=n": "---n",
    "TRAIN-AI=N": "---n",
    "Train-AI=y": FREE,
    "train-ai=no": "---n",
    "train-ai=yes": FREE,
    "train-ai=Y": FREE,
    'train-ai="n"': "---n",
    'train-ai="y"': FREE,
    "train-ai=?0": "---n",
    "train-ai=?1": FREE,
    "train-ai=false": "---n",
    "train-ai=n,": "---n",
    "train-ai:n": "---n",
    "train-ai": FREE,
    "train-ai=": FREE,
    "train-ai=maybe": FREE,
    "=n": FREE,
    ",,,": FREE,
    # Of one label given twice the no counts.
    "train-ai=n, train-ai=y": "---n",
    "train-ai=y, train-ai=n": "---n",
    # Labels of earlier drafts: they refuse, and grant nothing.
    "train-genai=n": "---n",
    "genai=n": "---n",
    "ai=n": "---n",
    "tdm=n": "---n",
    "bots=n": "---n",
    "all=n": "---n",
    "train-genai=y": FREE,
    "bots=y": FREE,
    "foo=n": FREE,
    "trainai=n": FREE,
    "foo=n, train-ai=y": "---y",
    "ai=n train-ai=n": "---n",
}
CONTENT_SIGNAL = {
    "ai-train=no": "---n",
    "ai-train=yes": "---y",
    "AI-Train=NO": "---n",
    "ai-train=YES": "---y",
    "search=yes, ai-train=no": "---n",
    "search=yes,ai-train=no": "---n",
    "search=yes ai-train=no": "---n",
    "ai-train=no, search=yes, ai-input=yes": "---n",
    "search=no": "-nn-",
    "search=no, ai-input=no, ai-train=no": "-nnn",
    "search=yes": FREE,
    "ai-input=no": FREE,
    "ai-input=yes": FREE,
    "ai-train=yes, search=no": "-nny",
    "ai-train=n": "---n",
    "ai-train=y": FREE,
    "ai-train: no": "---n",
    "ai-train=conditional": FREE,
    "ai-train": FREE,
    "ai-train=no, ai-train=yes": "---n",
    "ai-train=yes, use=reference": "---y",
    "train=no": FREE,
}
TDM = {"1": "---n", "0": "---y", "2": FREE, "": FREE, "yes": FREE, "true": FREE, "01": FREE, "-1": FREE, " 1 ": "---n"}
# What the licence of a document says; the page is covered.
RSL = {
    "all for free": (permits("all"), "yyyy"),
    "nothing listed is all for free": ("", "yyyy"),
    "free, in so many words": (payment("free"), "yyyy"),
    "search alone": (permits("search"), "---n"),
    "search and training": (permits("search ai-train"), "---y"),
    "training alone": (permits("ai-train"), "-nny"),
    "all of AI": (permits("ai-all"), "-nny"),
    "input alone": (permits("ai-input"), "-nnn"),
    "no training": (prohibits("ai-train"), "---n"),
    "no AI": (prohibits("ai-all"), "---n"),
    "no AI by its former name": (prohibits("train-ai"), "---n"),
    "nothing": (prohibits("all"), "nnnn"),
    "no search": (prohibits("search"), "-nny"),
    "no input": (prohibits("ai-input"), "---y"),
    "two prohibitions, by commas": (prohibits("ai-train,search"), "-nnn"),
    "two prohibitions, by blanks": (prohibits(" ai-train   search "), "-nnn"),
    "two elements": (prohibits("ai-train") + prohibits("search"), "-nnn"),
    "a prohibition beats a permission": (permits("ai-train search") + prohibits("ai-train"), "---n"),
    "an umbrella is prohibited": (permits("ai-train search") + prohibits("ai-all"), "---n"),
    "all but training": (permits("all") + prohibits("ai-train"), "---n"),
    "for money": (payment("subscription"), "nnnn"),
    "by purchase": (permits("all") + payment("purchase"), "nnnn"),
    "training for money": (permits("ai-train") + payment("training"), "-nnn"),
    "search for money": (permits("search") + payment("crawl"), "-nnn"),
    "per use": (permits("ai-all search") + payment("use"), "-nnn"),
    "an unknown payment": (permits("ai-train") + payment("barter"), "-nnn"),
    "with attribution": (permits("all") + payment("attribution"), FREE),
    "for a contribution": (permits("ai-train search") + payment("contribution"), FREE),
    "to some users": (permits("all") + permits("non-commercial", "user"), FREE),
    "not to some users": (permits("ai-train search") + prohibits("commercial", "user"), FREE),
    "in some countries": (permits("all") + permits("US", "geo"), FREE),
    "an empty list of countries": (permits("all") + permits("", "geo"), "yyyy"),
    "an unknown usage alone": (permits("telepathy"), "nnnn"),
    "an unknown usage prohibited": (permits("all") + prohibits("telepathy"), "yyyy"),
    "an empty prohibition": (permits("all") + prohibits(""), "yyyy"),
    "in capital letters": (prohibits("AI-TRAIN"), "---n"),
    "without a type": ("<prohibits>ai-train</prohibits>", "---n"),
}
# Whole documents.
DOCUMENTS = {
    "alternatives: one is free": (
        f'<rsl><content url="/"><license>{permits("ai-train")}{payment("training")}</license>'
        f"<license>{permits('search')}{payment('free')}</license></content></rsl>",
        "---n",
    ),
    "alternatives: training for free": (
        f'<rsl><content url="/"><license>{payment("purchase")}</license>'
        f"<license>{permits('ai-train')}</license></content></rsl>",
        "-nny",
    ),
    "a prohibition in one of two licences": (
        f'<rsl><content url="/"><license>{prohibits("ai-train")}</license><license>{permits("all")}</license></content></rsl>',
        "---n",
    ),
    "behind a server": (rsl(permits("all"), more=' server="https://x.example/olp"'), "nnnn"),
    "an empty server": (rsl(permits("all"), more=' server=""'), "yyyy"),
    "the path of the page": (rsl(prohibits("ai-train"), url="/politik/"), "---n"),
    "a pattern": (rsl(prohibits("ai-train"), url="/*/story$"), "---n"),
    "another path": (rsl(prohibits("ai-train"), url="/sport/"), FREE),
    "another ending": (rsl(prohibits("ai-train"), url="/politik$"), FREE),
    "an address of the site": (rsl(prohibits("ai-train"), url=f"{SITE}/politik/"), "---n"),
    "all of the site by address": (rsl(prohibits("ai-train"), url=f"{SITE}/*"), "---n"),
    "the site without a path": (rsl(prohibits("ai-train"), url=SITE), "---n"),
    "another site": (rsl(prohibits("ai-train"), url="https://other.example/"), FREE),
    "no address": (rsl(prohibits("ai-train"), url=""), "---n"),
    "a path without its slash": (rsl(prohibits("ai-train"), url="politik"), "---n"),
    "the narrower content gives the licence": (
        f'<rsl><content url="/"><license>{payment("purchase")}</license></content>'
        f'<content url="/politik/"><license>{permits("all")}</license></content></rsl>',
        "yyyy",
    ),
    "the wider prohibition holds": (
        f'<rsl><content url="/"><license>{prohibits("ai-train")}</license></content>'
        f'<content url="/politik/"><license>{permits("all")}</license></content></rsl>',
        "---n",
    ),
    "equally narrow: the stricter": (
        f'<rsl><content url="/p*"><license>{permits("all")}</license></content>'
        f'<content url="/po"><license>{payment("purchase")}</license></content></rsl>',
        "nnnn",
    ),
    "without its namespace": (f'<rsl><content url="/"><license>{prohibits("all")}</license></content></rsl>', "nnnn"),
    "with a prefix": (
        '<r:rsl xmlns:r="https://rslstandard.org/rsl"><r:content url="/"><r:license>'
        '<r:prohibits type="usage">ai-train</r:prohibits></r:license></r:content></r:rsl>',
        "---n",
    ),
    "with a declaration and a comment": (
        f'<?xml version="1.0" encoding="UTF-8"?><!-- x -->{rsl("<!-- y -->" + prohibits("ai-train"))}',
        "---n",
    ),
    "content without a licence": ('<rsl><content url="/"/></rsl>', FREE),
    "no content": ("<rsl/>", FREE),
    "cut off": ('<rsl><content url="/"><license><prohibits', FREE),
    "a page of HTML": ("<!doctype html><html><body>Not found</body></html>", FREE),
    "not XML": ("User-agent: *", FREE),
    "nothing at all": ("", FREE),
    "entities that grow": (
        '<!DOCTYPE r [<!ENTITY a "ai-train"><!ENTITY b "&a;&a;&a;">]><rsl><content url="/"><license>'
        '<prohibits type="usage">&b;</prohibits></license></content></rsl>',
        FREE,
    ),
}
LICENSES = {
    "https://creativecommons.org/licenses/by/4.0/": "yyyy",
    "http://creativecommons.org/licenses/by-sa/3.0/de/": "yyyy",
    "https://www.creativecommons.org/publicdomain/zero/1.0/": "yyyy",
    "https://creativecommons.org/licenses/by-nd/4.0/": "yyy-",
    "https://creativecommons.org/licenses/by-nc/4.0/": FREE,
    "https://creativecommons.org/licenses/by-nc-nd/4.0/": FREE,
    "https://creativecommons.org/": FREE,
    "https://creativecommons.org.evil.example/licenses/by/4.0/": FREE,
    "https://news.example/terms": FREE,
    "http://[broken/": FREE,
}


def tdmrep(*entries: str) -> str:
    return f"[{', '.join(entries)}]"


def entry(location: str, value: str) -> str:
    return f'{{"location": "{location}", "tdm-reservation": {value}}}'


TDMREP = {
    "the site": (tdmrep(entry("/", "1")), "---n"),
    "given up": (tdmrep(entry("/", "0")), "---y"),
    "the first that matches": (tdmrep(entry("/politik", "1"), entry("/politik/story", "0")), "---n"),
    "the first that matches, given up": (tdmrep(entry("/politik/*", "0"), entry("/", "1")), "---y"),
    "a pattern": (tdmrep(entry("/*/story", "1")), "---n"),
    "an end": (tdmrep(entry("/politik$", "1")), FREE),
    "a star and an end": (tdmrep(entry("*/story$", "1")), "---n"),
    "another part": (tdmrep(entry("/sport", "1")), FREE),
    "as text": (tdmrep(entry("/", '"1"')), "---n"),
    "as truth": (tdmrep(entry("/", "true")), FREE),
    "as a fraction": (tdmrep(entry("/", "1.0")), FREE),
    "without a value": (tdmrep('{"location": "/"}'), FREE),
    "null": (tdmrep(entry("/", "null")), FREE),
    "no list": (entry("/", "1"), "---n"),
    "a policy alone": (tdmrep('{"location": "/", "tdm-policy": "https://x.example/p"}'), FREE),
    "a policy on terms": (
        tdmrep('{"location": "/", "tdm-reservation": 1, "tdm-policy": "https://x.example/p"}'),
        "---n",
    ),
    "among what is none": (tdmrep("null", "1", '{"location": 1}', entry("/", "1")), "---n"),
    "a page of HTML": ("<html>", FREE),
    "cut off": ('[{"location": "/", "tdm-reser', FREE),
    "empty": ("[]", FREE),
}


def alone() -> Iterator[Case]:
    yield Case(name="nothing", expected=FREE)
    for value, expected in DIRECTIVES.items():
        yield Case(name=f"meta robots: {value}", expected=expected, head=meta(value))
        yield Case(name=f"X-Robots-Tag: {value}", expected=expected, headers=(("X-Robots-Tag", value),))
    for value, expected in NAMED.items():
        yield Case(name=f"X-Robots-Tag: {value}", expected=expected, headers=(("x-robots-tag", value),))
    for value, expected in AIPREF.items():
        yield Case(name=f"header Content-Usage: {value}", expected=expected, headers=(("Content-Usage", value),))
        yield Case(
            name=f"robots.txt Content-Usage: {value}", expected=expected, robots=group(f"Content-Usage: {value}")
        )
    for value, expected in CONTENT_SIGNAL.items():
        yield Case(name=f"header Content-Signal: {value}", expected=expected, headers=(("content-signal", value),))
        yield Case(
            name=f"robots.txt Content-Signal: {value}", expected=expected, robots=group(f"Content-signal: {value}")
        )
    for value, expected in TDM.items():
        yield Case(name=f"header TDM-Reservation: {value}", expected=expected, headers=(("TDM-Reservation", value),))
        yield Case(name=f"meta tdm-reservation: {value}", expected=expected, head=meta(value, "tdm-reservation"))
    for name, (text, expected) in TDMREP.items():
        yield Case(name=f"tdmrep.json: {name}", expected=expected, tdmrep=text)
    for name, (inner, expected) in RSL.items():
        yield Case(name=f"RSL: {name}", expected=expected, robots=f"License: {TERMS}", terms={TERMS: rsl(inner)})
    for name, (text, expected) in DOCUMENTS.items():
        yield Case(name=f"RSL: {name}", expected=expected, robots=f"License: {TERMS}", terms={TERMS: text})
    for url, expected in LICENSES.items():
        yield Case(name=f"link license {url}", expected=expected, head=f'<link rel="license" href="{url}">')
        yield Case(name=f"Link header {url}", expected=expected, headers=(("Link", f'<{url}>; rel="license"'),))
        yield Case(name=f"robots.txt License: {url}", expected=expected, robots=f"License: {url}")


def placed() -> Iterator[Case]:
    """Where it stands, and for whom."""
    link = ("Link", f'</style.css>; rel=preload, <{TERMS}>; rel="license"; type="application/rsl+xml"')
    no_training = rsl(prohibits("ai-train"))
    yield Case(name="terms of a Link header", expected="---n", headers=(link,), terms={TERMS: no_training})
    yield Case(name="terms that were not read", expected=FREE, headers=(link,))
    yield Case(
        name="terms of a link in the page",
        expected="---n",
        head='<link rel="license" type="application/rsl+xml" href="/license.xml">',
        terms={TERMS: no_training},
    )
    yield Case(
        name="terms in the page itself",
        expected="---n",
        head=f'<script type="application/rsl+xml">{no_training}</script>',
    )
    yield Case(
        name="terms in the page, broken", expected=FREE, head='<script type="application/rsl+xml"><rsl></script>'
    )
    yield Case(
        name="terms on another host",
        expected="---n",
        robots="License: https://collective.example/t.xml",
        terms={"https://collective.example/t.xml": no_training},
    )
    yield Case(
        name="two documents of terms",
        expected="-nnn",
        robots=f"License: {TERMS}\nLicense: {SITE}/b.xml",
        terms={TERMS: rsl(permits("all") + prohibits("search")), f"{SITE}/b.xml": no_training},
    )
    yield Case(
        name="our own group", expected="---n", robots="User-agent: NewsETL\nContent-Signal: ai-train=no\nAllow: /"
    )
    yield Case(
        name="another's group", expected=FREE, robots="User-agent: GPTBot\nContent-Signal: ai-train=no\nDisallow: /"
    )
    yield Case(
        name="groups do not inherit",
        expected=FREE,
        robots="User-agent: *\nContent-Signal: ai-train=no\n\nUser-agent: NewsETL\nAllow: /",
    )
    yield Case(
        name="above the first group", expected="---n", robots="Content-Signal: ai-train=no\n\nUser-agent: *\nAllow: /"
    )
    yield Case(
        name="above the first group, with our own",
        expected="---n",
        robots="Content-Usage: train-ai=n\nUser-agent: newsetl\nAllow: /",
    )
    yield Case(
        name="behind a blank line", expected="---n", robots="User-agent: *\n\nContent-Signal: ai-train=no\nAllow: /"
    )
    yield Case(
        name="among agents", expected="---n", robots="User-agent: x\nUser-agent: *\nContent-Usage: train-ai=n\nAllow: /"
    )
    yield Case(name="a comment behind it", expected="---n", robots=group("Content-Signal: ai-train=no # ours"))
    yield Case(name="in a comment", expected=FREE, robots=group("# Content-Signal: ai-train=no"))
    yield Case(name="a path that is the page's", expected="---n", robots=group("Content-Usage: /politik/ train-ai=n"))
    yield Case(name="a path that is another's", expected=FREE, robots=group("Content-Usage: /sport/ train-ai=n"))
    yield Case(name="a signal with a path", expected="---n", robots=group("Content-Signal: /politik ai-train=no"))
    yield Case(
        name="the longest path counts",
        expected="---y",
        robots=group("Content-Usage: train-ai=n", "Content-Usage: /politik/ train-ai=y"),
    )
    yield Case(
        name="equally long paths: the no",
        expected="---n",
        robots=group("Content-Usage: /politik/ train-ai=y", "Content-Usage: /politik/ train-ai=n"),
    )
    yield Case(name="a path without a value", expected=FREE, robots=group("Content-Usage: /politik/"))
    yield Case(
        name="with line ends of Windows", expected="---n", robots="User-agent: *\r\nContent-Usage: train-ai=n\r\n"
    )
    yield Case(name="behind a mark of UTF-8", expected="---n", robots="\ufeffUser-agent: *\nContent-Usage: train-ai=n")
    yield Case(name="meta to us", expected="n-n-", head=meta("noarchive", "NewsETL"))
    yield Case(name="meta to another", expected=FREE, head=meta("noarchive", "googlebot"))
    yield Case(name="meta in capital letters", expected="n-n-", head='<META NAME="ROBOTS" CONTENT="NOARCHIVE">')
    yield Case(name="meta without quotes", expected="n-n-", head="<meta name=robots content=noarchive>")
    yield Case(name="meta without a blank", expected="n-n-", head="<meta name='robots'content='noarchive'/>")
    yield Case(name="meta the other way round", expected="n-n-", head='<meta content="noarchive" name="robots"/>')
    yield Case(name="meta in a comment", expected=FREE, head=f"<!-- {meta('noarchive')} -->")
    yield Case(name="meta in a script", expected=FREE, head=f"<script>'{meta('noarchive')}'</script>")
    yield Case(name="meta with value for content", expected=FREE, head='<meta name="robots" value="noarchive">')
    yield Case(
        name="meta within meta",
        expected=FREE,
        head='<meta name="robots" content="<meta name="robots" content="noindex" />',
    )
    yield Case(name="meta twice", expected="n-nn", head=meta("noarchive") + meta("noai"))
    yield Case(name="headers twice", expected="-nnn", headers=(("X-Robots-Tag", "noindex"), ("X-Robots-Tag", "noai")))
    yield Case(
        name="headers of two, to all and to one",
        expected="-nn-",
        headers=(("X-Robots-Tag", "noindex"), ("X-Robots-Tag", "otherbot: noai")),
    )
    yield Case(name="a policy in a header", expected=FREE, headers=(("TDM-Policy", "https://x.example/p"),))
    yield Case(name="a license of a relation that is none", expected=FREE, head='<link rel="licensed" href="/x">')
    yield Case(
        name="relations in a list",
        expected="yyyy",
        head='<link rel="nofollow LICENSE" href="https://creativecommons.org/licenses/by/4.0/">',
    )


def conflicting() -> Iterator[Case]:
    """The strictest counts, whatever its place; only the places of TDMRep replace one another."""
    header = (("Content-Usage", "train-ai=y"),)
    yield Case(
        name="a yes in the header, a no in robots.txt",
        expected="---n",
        robots=group("Content-Usage: train-ai=n"),
        headers=header,
    )
    yield Case(name="a yes in robots.txt, a no in the header", expected="---n", robots=group("Content-Usage: train-ai=y"), headers=(("Content-Usage", "train-ai=n"),))  # fmt: skip
    yield Case(
        name="AIPREF yes, signal no", expected="---n", robots=group("Content-Signal: ai-train=no"), headers=header
    )
    yield Case(name="signal yes, AIPREF no", expected="---n", robots=group("Content-Signal: ai-train=yes", "Content-Usage: train-ai=n"))  # fmt: skip
    yield Case(
        name="signal yes, noai", expected="---n", robots=group("Content-Signal: ai-train=yes"), head=meta("noai")
    )
    yield Case(name="signal yes, reserved", expected="---n", robots=group("Content-Signal: ai-train=yes"), tdmrep=tdmrep(entry("/", "1")))  # fmt: skip
    yield Case(name="signal no, given up", expected="---n", robots=group("Content-Signal: ai-train=no"), tdmrep=tdmrep(entry("/", "0")))  # fmt: skip
    yield Case(name="free terms, noarchive", expected="nyny", robots=f"License: {TERMS}", terms={TERMS: rsl("")}, head=meta("noarchive"))  # fmt: skip
    yield Case(name="free terms, nosnippet", expected="ynny", robots=f"License: {TERMS}", terms={TERMS: rsl("")}, headers=(("X-Robots-Tag", "nosnippet"),))  # fmt: skip
    yield Case(name="free terms, no training by AIPREF", expected="yyyn", robots=group("Content-Usage: train-ai=n") + f"\nLicense: {TERMS}", terms={TERMS: rsl("")})  # fmt: skip
    yield Case(name="Creative Commons, and no training", expected="yyyn", head='<link rel=license href="https://creativecommons.org/licenses/by/4.0/">', headers=(("Content-Signal", "ai-train=no"),))  # fmt: skip
    yield Case(name="terms that prohibit, a signal that grants", expected="---n", robots=group("Content-Signal: ai-train=yes") + f"\nLicense: {TERMS}", terms={TERMS: rsl(prohibits("ai-train"))})  # fmt: skip
    yield Case(name="two terms, the stricter", expected="nnnn", robots=f"License: {TERMS}\nLicense: {SITE}/b.xml", terms={TERMS: rsl(""), f"{SITE}/b.xml": rsl(payment("purchase"))})  # fmt: skip
    yield Case(name="index in the header, noindex in the page", expected="-nn-", headers=(("X-Robots-Tag", "index"),), head=meta("noindex"))  # fmt: skip
    yield Case(name="index and noindex", expected="-nn-", head=meta("index, noindex"))
    yield Case(
        name="noarchive to all, archive to us", expected="n-n-", head=meta("noarchive") + meta("archive", "newsetl")
    )
    yield Case(name="all, then noarchive", expected="n-n-", head=meta("all") + meta("noarchive"))
    for n, (file, said, page, expected) in enumerate(
        [
            ("1", "0", None, "---y"),
            ("0", "1", None, "---n"),
            ("1", None, "0", "---y"),
            ("0", None, "1", "---n"),
            (None, "1", "0", "---y"),
            (None, "0", "1", "---n"),
            ("1", "2", None, "---n"),
            ("1", "0", "x", "---y"),
            ("0", "", "", "---y"),
            ("1", "0", "1", "---n"),
        ]
    ):
        yield Case(
            name=f"TDMRep {n}: file {file}, header {said}, page {page}",
            expected=expected,
            tdmrep=tdmrep(entry("/", file)) if file else None,
            headers=(("tdm-reservation", said),) if said is not None else (),
            head=meta(page, "tdm-reservation") if page is not None else "",
        )
    yield Case(name="reservation given twice in headers", expected="---n", headers=(("tdm-reservation", "1"), ("tdm-reservation", "0")))  # fmt: skip
    yield Case(name="given up by the page, reserved by robots.txt", expected="---n", head=meta("0", "tdm-reservation"), robots=group("Content-Usage: train-ai=n"))  # fmt: skip
    yield Case(name="everything at once", expected="nnnn", head=meta("noarchive, noai"), headers=(("X-Robots-Tag", "noindex"),), robots=group("Content-Signal: search=yes, ai-train=yes"), tdmrep=tdmrep(entry("/", "0")))  # fmt: skip
    for language, path in (("de", "/wirtschaft/börse"), ("ar", "/أخبار/١"), ("ja", "/政治/記事")):
        from urllib.parse import quote

        url = f"{SITE}{quote(path)}"
        yield Case(
            name=f"a path in {language}", expected="---n", url=url, robots=group(f"Content-Usage: {path} train-ai=n")
        )
        yield Case(name=f"a location in {language}", expected="---n", url=url, tdmrep=tdmrep(entry(path, "1")))
        yield Case(name=f"a content in {language}", expected="---n", url=url, robots=f"License: {TERMS}", terms={TERMS: rsl(prohibits("ai-train"), url=path)})  # fmt: skip


CASES = [*alone(), *placed(), *conflicting()]
# Pages of one address, taken one after the other: what was said changed meanwhile, and each capture has its own.
CHANGES: list[tuple[str, tuple[Case, ...]]] = [
    (
        "noarchive comes and goes",
        (
            Case(name="1", expected=FREE),
            Case(name="2", expected="n-n-", head=meta("noarchive")),
            Case(name="3", expected=FREE, head=meta("index")),
        ),
    ),
    (
        "training is refused later",
        (
            Case(name="1", expected="---y", robots=group("Content-Signal: ai-train=yes")),
            Case(name="2", expected="---n", robots=group("Content-Signal: ai-train=no")),
        ),
    ),
    (
        "training is permitted later",
        (
            Case(name="1", expected="---n", tdmrep=tdmrep(entry("/", "1"))),
            Case(name="2", expected="---y", tdmrep=tdmrep(entry("/", "0"))),
        ),
    ),
    (
        "the terms change behind their address",
        (
            Case(name="1", expected="yyyy", robots=f"License: {TERMS}", terms={TERMS: rsl("")}),
            Case(name="2", expected="nnnn", robots=f"License: {TERMS}", terms={TERMS: rsl(payment("purchase"))}),
        ),
    ),
    (
        "a header disappears",
        (
            Case(name="1", expected="-nn-", headers=(("X-Robots-Tag", "noindex"),)),
            Case(name="2", expected=FREE),
        ),
    ),
]
