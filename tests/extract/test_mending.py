"""Words of a sentence stay in it, marks and boxes that are none of it go, and text that a browser shows is read."""

from __future__ import annotations

import json

import pytest
from news_html import NEWS, PARAGRAPHS, TITLE, html, paragraphs, read

SECOND = PARAGRAPHS[1]

SENTENCES = {
    "time": ("The board met on <time datetime='2024-05-17'>Friday evening</time> and kept the ferry until autumn, it said.", "met on Friday evening and kept"),
    "clock": ("The last boat leaves at <time datetime='22:10'>ten past ten</time> and waits for the train from the south.", "leaves at ten past ten and waits"),
    "time in Arabic": ("اجتمع المجلس <time datetime='2024-05-17'>مساء الجمعة</time> وقرر الإبقاء على العبّارة الليلية حتى الخريف المقبل.", "المجلس مساء الجمعة وقرر"),
    "time in Russian": ("Совет собрался <time datetime='2024-05-17'>в пятницу вечером</time> и оставил ночной паром до самой осени.", "собрался в пятницу вечером и оставил"),
    "button": ("The council asked for more <button type='button'>transparency</button> about the engines, which were bought in a hurry.", "more transparency about"),
    "label": ("Those who tick <label for='x'>the second box</label> on the form pay four crowns less than all the others do.", "tick the second box on the form"),
    "button in German": ("Der Rat verlangt mehr <button>Durchsichtigkeit</button> bei den Motoren, die in großer Eile gekauft wurden.", "mehr Durchsichtigkeit bei"),
    "time in an item": ("<ul><li>It opens on <time>Monday at six</time> and closes when the last of the guests has gone home again.</li></ul>", "opens on Monday at six and closes"),
}  # fmt: skip


@pytest.mark.parametrize("kind", SENTENCES)
def test_words_stay_in_their_sentence(kind: str) -> None:
    markup, wanted = SENTENCES[kind]
    block = markup if markup.startswith("<ul>") else f"<p>{markup}</p>"
    page = read(html(lines=PARAGRAPHS[:2], after=block + paragraphs(PARAGRAPHS[2:])))
    assert wanted in page.text


POPUPS = {
    "glossary-info": "<span class='g-wrap'><span>Halcyon</span><span class='glossary-info'>Built in the yard of Ostmark</span></span>",
    "glossary-definition": "Halcyon<span class='glossary-definition'>Built in the yard of Ostmark</span>",
    "tooltip in a tooltip": "<span class='tooltip'>Halcyon<span class='tooltiptext'>Built in the yard of Ostmark</span></span>",
    "tooltip named after its content": "<span class='tooltip'>Halcyon<span class='tooltip-content'>Built in the yard of Ostmark</span></span>",
    "term": "<abbr>Halcyon</abbr><span class='term-definition'>Built in the yard of Ostmark</span>",
    "word": "<i class='popover'>Halcyon<span class='popover'>Built in the yard of Ostmark</span></i>",
}


@pytest.mark.parametrize("kind", POPUPS)
def test_the_word_stays_and_its_explanation_goes(kind: str) -> None:
    line = f"<p>The older of the two boats, the {POPUPS[kind]}, stays in service until the county has decided on the grant.</p>"
    page = read(html(lines=PARAGRAPHS[:2], after=line + paragraphs(PARAGRAPHS[2:])))
    assert "boats, the Halcyon, stays in service" in page.text
    assert "yard of Ostmark" not in page.text


RAISED = {
    "3.2 × 10<sup>6</sup> litres": "10⁶ litres",
    "1,200 m<sup>2</sup> of floor": "1,200 m² of floor",
    "40 km<sup>2</sup> of water": "40 km² of water",
    "10<sup>−9</sup> metres": "10⁻⁹ metres",
    "500 м<sup>3</sup> of sand": "500 м³ of sand",
    "2<sup>n</sup> boats": "2ⁿ boats",
    "CO<sub>2</sub> from the engine": "CO2 from the engine",
    "said the board,<sup><a href='#fn1'>1</a></sup> which met": "said the board, which met",
    "said the board<sup class='footnote-ref'>[2]</sup> on Monday": "said the board on Monday",
    "said the board<sup id='r'><a href='#n'>*</a></sup> on Monday": "said the board on Monday",
    "the 1<sup>er</sup> mai": "the 1er mai",
    "理事会<sup><a href='#cite-3'>[3]</a></sup>说": "理事会说",
}


@pytest.mark.parametrize("markup", RAISED)
def test_exponents_stay_and_marks_of_notes_go(markup: str) -> None:
    line = f"<p>In the report that was read out on Monday one finds {markup}, and nobody in the hall asked what that means.</p>"
    page = read(html(lines=PARAGRAPHS[:2], after=line + paragraphs(PARAGRAPHS[2:])))
    assert RAISED[markup] in page.text


QUESTIONS = ("Why does the ferry stay?", "Wer bezahlt die Motoren?", "ما هي كلفة العبور؟", "渡轮为什么留下？", "Сколько стоит билет?", "運賃はいくらですか？")  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS)
def test_questions_on_buttons_are_headings(question: str) -> None:
    item = f'<div class="faq"><h3><button aria-expanded="false">{question}</button></h3><div class="panel"><p>{PARAGRAPHS[3]}</p></div></div>'
    page = read(html(lines=PARAGRAPHS[:3], after=item + paragraphs(PARAGRAPHS[4:])))
    assert f"{question}\n{PARAGRAPHS[3]}" in page.text


@pytest.mark.parametrize("control", ["<p><button>Subscribe now</button></p>", "<div><label>Your address</label></div>"])
def test_controls_go_as_before(control: str) -> None:
    assert read(html(lines=PARAGRAPHS[:2], after=control + paragraphs(PARAGRAPHS[2:]))).text.split("\n") == list(
        PARAGRAPHS
    )


CELLS = {
    "ul": "<ul><li>22:10 from Ostmark</li><li>23:40 from Nordhafen</li></ul>",
    "ol": "<ol><li>22:10 from Ostmark</li><li>23:40 from Nordhafen</li></ol>",
    "with links": "<ul><li><a href='/x'>22:10</a> from Ostmark</li><li>23:40 from Nordhafen</li></ul>",
    "with words before": "Daily <ul><li>22:10 from Ostmark</li><li>23:40 from Nordhafen</li></ul>",
    "bold": "<ul><li><b>22:10</b> from Ostmark</li><li><b>23:40</b> from Nordhafen</li></ul>",
    "in a division": "<div><ul><li>22:10 from Ostmark</li><li>23:40 from Nordhafen</li></ul></div>",
}


@pytest.mark.parametrize("cell", CELLS)
def test_lists_in_cells_are_read(cell: str) -> None:
    table = f"<table><tr><th>Day</th><th>Boats</th></tr><tr><td>Monday</td><td>{CELLS[cell]}</td></tr></table>"
    page = read(html(lines=PARAGRAPHS[:2], after=table + paragraphs(PARAGRAPHS[2:])))
    assert "22:10 from Ostmark" in page.text
    assert "23:40 from Nordhafen" in page.text
    assert "Monday" in page.text


@pytest.mark.parametrize("lang", ["en", "ar", "he", "ja", "zh", "ru"])
@pytest.mark.parametrize("deep", [1, 2])
def test_tables_within_tables_are_read_from_top_to_bottom(lang: str, deep: int) -> None:
    lines = PARAGRAPHS[:5] if lang == "en" else (*NEWS[lang][1:], *(f"{line} 2" for line in NEWS[lang][1:3]))
    rows = [f"<tr><td><p>{line}</p></td></tr>" for line in lines]
    inner = rows[2]
    for _ in range(deep):
        inner = f"<tr><td><table>{inner}</table></td></tr>"
    page = read(
        f"<html><head><title>{TITLE}</title></head><body><table><tr><td><h1>{TITLE}</h1></td></tr>{''.join((*rows[:2], inner, *rows[3:]))}</table></body></html>"
    )
    places = [page.text.find(line) for line in lines]
    assert places == sorted(places)
    assert -1 not in places


def test_main_headlines_within_the_text_head_its_parts() -> None:
    body = f"<article><h1></h1><h1>{TITLE}</h1>{paragraphs(PARAGRAPHS[:2])}<h1>The engines</h1>{paragraphs(PARAGRAPHS[2:4])}<h1>The fares</h1>{paragraphs(PARAGRAPHS[4:])}</article>"
    page = read(f"<html><head><title>{TITLE}</title></head><body>{body}</body></html>")
    assert page.title == TITLE
    assert {"The engines", "The fares"} <= set(page.text.split("\n"))


SHADOWS = {
    "open": f'<tc-x><template shadowrootmode="open"><style>p{{}}</style><h1>{TITLE}</h1>{paragraphs(PARAGRAPHS)}</template></tc-x>',
    "closed": f'<tc-x><template shadowrootmode="closed"><h1>{TITLE}</h1>{paragraphs(PARAGRAPHS)}</template></tc-x>',
    "old name": f'<tc-x><template shadowroot="open"><h1>{TITLE}</h1>{paragraphs(PARAGRAPHS)}</template></tc-x>',
    "slot": f'<tc-x><template shadowrootmode="open"><h1>{TITLE}</h1><div><slot></slot></div></template>{paragraphs(PARAGRAPHS)}</tc-x>',
    "named slot": f'<tc-x><template shadowrootmode="open"><slot name="h"></slot><div><slot name="b">Loading</slot></div></template><div slot="b">{paragraphs(PARAGRAPHS)}</div><h1 slot="h">{TITLE}</h1></tc-x>',
    "nested": f'<tc-x><template shadowrootmode="open"><h1>{TITLE}</h1><tc-y><template shadowrootmode="open">{paragraphs(PARAGRAPHS)}</template></tc-y></template></tc-x>',
    "streamed": f'<h1>{TITLE}</h1><main><template id="B:0"></template></main><footer><p>Imprint</p></footer><div hidden id="S:0">{paragraphs(PARAGRAPHS)}</div>',
    "streamed in parts": f'<h1>{TITLE}</h1><main><template id="B:0"></template><template id="P:1"></template></main><footer>Imprint</footer><div hidden id="S:1">{paragraphs(PARAGRAPHS[3:])}</div><div hidden id="S:0">{paragraphs(PARAGRAPHS[:3])}</div>',
}  # fmt: skip


@pytest.mark.parametrize("kind", SHADOWS)
def test_what_a_browser_shows_without_scripts_is_read(kind: str) -> None:
    page = read(f"<html><head><title>{TITLE}</title></head><body><nav>Menu</nav>{SHADOWS[kind]}</body></html>")
    assert page.title == TITLE
    assert page.text.split("\n") == list(PARAGRAPHS)


MARKUP = "".join(f"<p>{line}</p>" for line in PARAGRAPHS)
STORY = {"user": None, "article": {"id": 11, "headline": TITLE, "body": MARKUP}, "nav": ["Local", "Sport"]}
FLAT = [{"data": 1}, {"article": 2}, {"title": 3, "body": 4}, TITLE, MARKUP]
PARTED = [{"data": 1}, {"title": 2, "paragraphs": 3}, TITLE, list(range(4, 4 + len(PARAGRAPHS))), *PARAGRAPHS]
NAMED = [
    {"data": 1},
    {"title": 2, "content": 3},
    TITLE,
    [4, 6, 8],
    *(x for n, t in enumerate(PARAGRAPHS[:3]) for x in ({"text": 5 + 2 * n}, t)),
]
STATES = {
    "preloaded state": f"<script>window.__PRELOADED_STATE__ = {json.dumps(STORY)};</script>",
    "initial state": f"<script>window.__INITIAL_STATE__={json.dumps(STORY, ensure_ascii=False)}</script>",
    "JSON.parse": f"<script>window.App = JSON.parse({json.dumps(json.dumps(STORY))});</script>",
    "JSON of its own": f'<script type="application/json" data-x="1">{json.dumps(STORY).replace("<", chr(92) + "u003c")}</script>',
    "JSON in JSON": f'<script type="application/json">{json.dumps({"props": json.dumps(STORY)})}</script>',
    "flat": f'<script type="application/json" id="__NUXT_DATA__">{json.dumps(FLAT)}</script>',
    "flat paragraphs": f'<script type="application/json" id="__NUXT_DATA__">{json.dumps(PARTED)}</script>',
    "flat objects": f'<script type="application/json" id="__NUXT_DATA__">{json.dumps(NAMED)}</script>',
}  # fmt: skip


@pytest.mark.parametrize("kind", STATES)
def test_a_state_that_holds_the_text_is_read_whatever_it_is_called(kind: str) -> None:
    page = read(f'<html><head><title>{TITLE}</title></head><body><div id="root"></div>{STATES[kind]}</body></html>')
    assert page.text.split("\n")[:3] == list(PARAGRAPHS[:3])


HIDDEN = (
    "Readers of this newspaper receive a voucher for each friend who takes a subscription before the year ends. " * 2
)


@pytest.mark.parametrize(
    "opening",
    [
        '<div class="voucher" style="display:none">',
        '<div style="color:red; display: none;">',
        "<div hidden>",
        '<div hidden="">',
        '<div id="v" hidden class="x">',
        '<div style="DISPLAY:NONE" class="dlg">',
    ],
)
def test_long_hidden_boxes_go(opening: str) -> None:
    page = read(html(lines=PARAGRAPHS[:3], after=f"{opening}<p>{HIDDEN}</p></div>" + paragraphs(PARAGRAPHS[3:])))
    assert "voucher" not in page.text
    assert PARAGRAPHS[-1] in page.text


@pytest.mark.parametrize(
    "opening",
    [
        '<h3><button aria-expanded="false">Why?</button></h3><div hidden>',
        '<div class="accordion-panel" style="display:none">',
        '<div role="region" hidden>',
        '<div class="rest-of-text" hidden>',
        '<div hidden="until-found">',
        '<div aria-labelledby="q1" hidden>',
    ],
)
def test_what_a_reader_opens_stays(opening: str) -> None:
    page = read(html(lines=PARAGRAPHS[:3], after=f"{opening}<p>{HIDDEN}</p></div>" + paragraphs(PARAGRAPHS[3:])))
    assert "voucher" in page.text


@pytest.mark.parametrize(
    "pager",
    [
        '<p class="pages">Pages: <span>1</span> <a href="/a/2">2</a> <a href="/a/3">3</a> <a href="/a/2">Next page »</a></p>',
        '<div class="page-links">Pages: 1 <a href="/a/2">2</a> <a href="/a/2">Next page »</a></div>',
        '<div class="pagination"><a href="/a/2">Next page »</a></div>',
        '<p class="post-pages">Seite 1 <a href="/a/2">Next page »</a></p>',
        '<ul class="pages"><li>1</li><li><a href="/a/2">Next page »</a></li></ul>',
        '<div class="page-link">页 1 <a href="/a/2">Next page »</a></div>',
    ],
)  # fmt: skip
def test_the_way_to_the_next_page_is_no_text(pager: str) -> None:
    assert read(html(after=pager)).text.split("\n") == list(PARAGRAPHS)
