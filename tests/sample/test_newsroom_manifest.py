"""The newsroom's pages against their manifest: statuses, values and bytes."""

from collections import Counter
from urllib.parse import urljoin, urlsplit

import pytest
from lxml import html

from etl.model import Outcome
from etl.sample import manifest
from etl.sample.content import load_pages, load_sites, root, sentences
from etl.urls import url_key

PAGES = manifest.expected()
DAYS = [(page, day) for page in PAGES for day in (1, 2) if page.on(day)]
ARTICLES = [(page, day) for page, day in DAYS if page.on(day).article]


def _ids(value: object) -> str | None:
    return urlsplit(value.url).path if isinstance(value, manifest.ExpectedPage) else None


def _here(url: str, port: int) -> str:
    return url.replace(":18080", f":{port}")


@pytest.mark.parametrize("day", [1, 2])
def test_every_page_answers_with_its_status(newsroom, fetch, day) -> None:
    newsroom.set_day(day)
    wrong = {}
    for page, its_day in DAYS:
        if its_day == day and page.on(day).status is not None and page.difficulty != "too_large":
            status = fetch(_here(page.url, newsroom.port)).status
            if status != page.on(day).status:
                wrong[page.url] = status
    newsroom.set_day(1)
    assert not wrong


def test_redirects_lead_where_the_manifest_says(newsroom, fetch) -> None:
    chains = {}
    for page, day in DAYS:
        if not page.on(day).final_url:
            continue
        newsroom.set_day(day)
        url, hops = _here(page.url, newsroom.port), 0
        while (reply := fetch(url)).status in (301, 302, 307, 308):
            url, hops = urljoin(url, reply.headers["Location"]), hops + 1
        assert url == _here(page.on(day).final_url, newsroom.port)
        assert reply.status == 200
        chains[page.difficulty] = hops
    newsroom.set_day(1)
    assert chains["redirect_chain"] == 3
    assert set(chains) >= {"redirect_chain", "moved_to_front", "moves_by_redirect", "redirect_to_foreign_host"}


@pytest.mark.parametrize(("page", "day"), ARTICLES, ids=_ids)
def test_an_article_says_what_the_manifest_says_of_it(newsroom, fetch, page, day) -> None:
    newsroom.set_day(day)
    values = page.on(day).article
    reply = fetch(_here(page.on(day).final_url or page.url, newsroom.port), Accept_Encoding="identity")
    newsroom.set_day(1)
    charset = {"windows_1252": "windows-1252", "shift_jis": "shift_jis"}.get(page.difficulty, "utf-8")
    source = reply.body.decode(charset)
    if page.difficulty == "plain_text":
        shown = source
        assert reply.headers["Content-Type"] == "text/plain; charset=UTF-8"
    else:
        document = html.fromstring(source.replace("<br", " <br"))
        shown = " ".join(document.text_content().split())
        assert " ".join(values.title.split()) in " ".join(document.xpath("//title")[0].text_content().split())
        assert document.get("lang").startswith(values.language)
        for author in values.authors:
            assert author in shown
        if values.caption:
            assert values.caption in shown
        for word in values.never:
            assert " ".join(word.split()) in shown or word in source or "placeholder" in source, word
    for sentence in (values.first_sentence, values.last_sentence):
        assert " ".join(sentence.split()) in shown
    assert "$" not in shown.replace("$$", "") or "${" not in source
    for note in (values.correction_note, values.dateline, values.credit_line):
        assert note is None or note in shown


@pytest.mark.parametrize(("page", "day"), ARTICLES, ids=_ids)
def test_the_manifest_agrees_with_itself(page, day) -> None:
    values = page.on(day).article
    lines = values.text.split("\n")
    assert values.first_sentence in values.text
    assert values.text.endswith(values.last_sentence)
    assert lines[0].startswith(values.first_sentence) or page.page_type == "live_blog"
    assert not [word for word in values.never if word in values.text]
    assert values.text_chars == len(values.text)
    assert (values.published_at is None) == (values.published_precision not in ("second", "minute"))
    if values.published_at and page.difficulty != "dates_disagree":
        assert values.published_on == values.published_at.date()
    assert len(values.first_sentence) > 12


def test_texts_have_the_length_of_news() -> None:
    for page, day in ARTICLES:
        values = page.on(day).article
        least = 400 if values.language in ("zh", "ja") else 900
        assert least <= values.text_chars <= 2500, page.url


def test_languages_and_shapes_are_many() -> None:
    languages = Counter(page.on(2).article.language for page, day in ARTICLES if day == 2)
    assert set(languages) == {"en", "de", "fr", "es", "pl", "ru", "ar", "ja", "zh", "tr"}
    assert all(count >= 4 for count in languages.values())
    assert sum(languages.values()) >= 60
    themes = {(page.theme or load_sites()[page.site].theme) for page in load_pages(2)}
    assert len(themes) >= 14


def test_every_difficulty_is_there() -> None:
    assert {page.difficulty for page in PAGES} >= {
        *("wire_copy", "corrected_article", "dates_disagree", "windows_1252", "shift_jis", "soft_404", "gone_404"),
        *("gone_410", "paywall_stub", "consent_wall", "live_blog", "redirect_chain", "moved_to_front", "bot_challenge"),
        *("robots_disallowed", "robots_unreachable", "foreign_host", "redirect_to_foreign_host", "refused_address"),
        *("list_page", "empty_page", "not_html", "too_large", "slow", "http_500", "http_503", "broken_gzip"),
        *("deflate_raw", "deflate_zlib", "tracking_variants", "query_tells_apart", "amp_twin", "plain_text"),
        *("rtl_comments", "comment_theme", "hard_negative", "alias_host", "new_on_day2", "moves_by_redirect"),
    }
    fetchable = {page.on(1).outcome for page, day in DAYS if day == 1}
    by_history = {"known", "unchanged", "deferred", "duplicate_candidate", "timeout", "erased", "quarantined"}
    of_no_sample = {"too_old", "not_web", "excluded", "payment_required", "rights_reserved"}
    assert {outcome.value for outcome in set(Outcome) - fetchable} == by_history | of_no_sample


def test_slugs_name_the_difficulty_in_the_path() -> None:
    for page in PAGES:
        if page.difficulty in ("plain", "redirect_hop", "redirect_end", "moved_here", "rtl_comments"):
            continue
        path = urlsplit(page.url).path + "?" + urlsplit(page.url).query
        words = page.difficulty.split("_")
        assert words[0][:4] in path or page.difficulty in (
            "query_tells_apart",
            "moved_to_front",
            "http_500",
            "http_503",
        )


def test_wire_copies_are_the_same_text_twice_and_nearly_so_once() -> None:
    copies = {page.source: page.on(1).article for page in PAGES if page.same_text == "wire-ports"}
    assert set(copies) == {"harbour-post", "borderland-review", "mercantile-daily"}
    exact = copies["harbour-post"]
    assert copies["borderland-review"].text == exact.text
    edited = copies["mercantile-daily"]
    assert edited.text != exact.text
    shared = set(edited.text.split("\n")) & set(exact.text.split("\n"))
    assert len(shared) == 3
    assert edited.title != exact.title


def test_the_corrected_article_changes_on_the_second_day_and_says_so() -> None:
    (page,) = [page for page in PAGES if page.difficulty == "corrected_article"]
    assert page.change == "changed"
    assert page.day1.article.correction_note is None
    assert page.day2.article.correction_note.startswith("Correction, 13 November 2026")
    assert page.day1.article.text != page.day2.article.text
    assert page.day1.article.title != page.day2.article.title


def test_changes_of_the_second_day_are_those_that_were_promised() -> None:
    changes = Counter(page.change for page in PAGES)
    assert changes == {"none": changes["none"], "new": 6, "changed": 1, "gone": 2, "moved": 1, "recovered": 1}
    assert {page.day2.status for page in PAGES if page.change == "gone"} == {404, 410}


def test_dates_that_disagree_really_do(newsroom, fetch) -> None:
    kitchen, theatre = (page for page in PAGES if page.difficulty == "dates_disagree")
    document = html.fromstring(fetch(_here(kitchen.url, newsroom.port), Accept_Encoding="identity").body.decode())
    assert document.xpath("//meta[@property='article:published_time']/@content") == ["2026-11-13T09:41:00+00:00"]
    assert '"datePublished": "2026-11-10T12:00:00+00:00"' in document.xpath("//script/text()")[0]
    assert document.xpath("//time/text()")[0].startswith("10 November 2026")
    assert str(kitchen.day1.article.published_on) == "2026-11-10"
    assert str(theatre.day1.article.published_on) == "2026-11-12"
    assert theatre.day1.article.published_at.isoformat() == "2026-11-11T23:30:00+00:00"


def test_old_encodings_are_really_those_bytes(newsroom, fetch) -> None:
    french = fetch(newsroom.url("le-relais", "/economie/windows-1252-oeufs-de-ferme/"))
    assert french.headers["Content-Type"] == "text/html"
    assert b'<meta charset="windows-1252">' in french.body[:1024]
    assert b"Les \x9cufs de la presqu\x92\xeele" in french.body
    assert b"\x803" not in french.body
    assert b"3 \x80 la douzaine" in french.body
    with pytest.raises(UnicodeDecodeError):
        french.body.decode("utf-8")
    japanese = fetch(newsroom.url("minato-journal", "/kurashi/shift-jis-tenugui.html"))
    assert japanese.headers["Content-Type"] == "text/html; charset=Shift_JIS"
    assert "百年前の織機が並ぶ手ぬぐい工場".encode("shift_jis") in japanese.body
    with pytest.raises(UnicodeDecodeError):
        japanese.body.decode("utf-8")


@pytest.mark.parametrize(
    ("source", "path", "line"),
    [
        (
            "borderland-review",
            "/2022/02/24/comment-theme-glued-bridge/",
            "<p>Europe, News, US February 24, 2022 No Comments on Border towns keep their bridge open through the night"
            "The bridge between",
        ),
        (
            "borderland-review",
            "/2022/02/24/comment-theme-off-radio/",
            "<div>\nMedia, Europe February 24, 2022 Comments Off on Small radio station",
        ),
        ("morgenkurier", "/blog/comment-theme-de-rathausuhr", "24. Februar 2022 Keine Kommentare zu Die Rathausuhr"),
        ("le-relais", "/blogs/comment-theme-fr-kiosque/", "24 février 2022 Aucun commentaire sur Le kiosque"),
        ("la-vega", "/blogs/comment-theme-es-cigüeñas.html", "24 febrero, 2022 No hay comentarios en Las cigüeñas"),
        ("glos-doliny", "/blog/comment-theme-pl-autobus", "24 lutego 2022 Brak komentarzy do Autobus nocny"),
        ("stepnoy-vestnik", "/blog/comment-theme-ru-kinoteatr/", "Комментариев к записи Кинотеатр показал фильм для"),
        (
            "minato-journal",
            "/blog/comment-theme-ja-todai.html",
            "雪の日の渡し船は一人でも出る へのコメントはまだありません二十四日",
        ),
    ],
)
def test_the_comment_line_stands_before_the_text_in_its_own_language(newsroom, fetch, source, path, line) -> None:
    body = fetch(newsroom.url(source, path), Accept_Encoding="identity").body.decode()
    assert line in body
    assert load_sites()[source].labels["leave_comment"] in body


def test_the_glued_prompt_has_no_space_before_it(newsroom, fetch) -> None:
    body = fetch(newsroom.url("borderland-review", "/2022/02/24/comment-theme-glued-bridge/")).body.decode()
    assert 'anybody came.<a href="#respond">Leave a comment</a></p>' in body


def test_pages_that_are_no_articles_are_what_they_are_called(newsroom, fetch) -> None:
    pdf = fetch(newsroom.url("fault-line", "/documents/not-html-annual-report"))
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert pdf.body.startswith(b"%PDF-1.4") and pdf.body.rstrip().endswith(b"%%EOF")
    assert fetch(newsroom.url("fault-line", "/empty-body")).body == b""
    assert fetch(newsroom.url("fault-line", "/retry-after-503")).headers["Retry-After"] == "2"
    assert fetch(newsroom.url("fault-line", "/bot-challenge-403")).headers["cf-mitigated"] == "challenge"
    stub = fetch(newsroom.url("mercantile-daily", "/paywall-stub-freight-rates/"), Accept_Encoding="identity").body
    assert b'"isAccessibleForFree": false' in stub
    assert (
        "LiveBlogPosting"
        in fetch(
            newsroom.url("harbour-post", "/live/live-blog-storm-ottilie/"), Accept_Encoding="identity"
        ).body.decode()
    )


def test_the_amp_twins_name_each_other(newsroom, fetch) -> None:
    path = "/2026/11/14/amp-twin-rowing-club/"
    main, twin = (
        html.fromstring(fetch(newsroom.url("harbour-post", each), Accept_Encoding="identity").body.decode())
        for each in (path, f"{path}amp/")
    )
    assert main.xpath("//link[@rel='amphtml']/@href") == [newsroom.url("harbour-post", f"{path}amp/")]
    assert twin.xpath("//link[@rel='canonical']/@href") == [newsroom.url("harbour-post", path)]


def test_every_offer_leads_to_a_page_that_the_manifest_knows() -> None:
    keys = {url_key(page.url) for page in PAGES}
    assert len(keys) == len(PAGES)
    for day in (1, 2):
        offers = manifest.offers_of(day)
        assert {url_key(offer.url) for offer in offers} <= keys
        assert sum(manifest.first_run(day).values()) == len(offers)
        assert sum(len(page.on(day).offers) for page, each in DAYS if each == day) == len(offers)
    assert manifest.first_run(1)[Outcome.ARTICLE] >= 60


def test_the_written_manifest_is_what_the_pages_say() -> None:
    assert (root() / "expected.yaml").read_text(encoding="utf-8") == manifest.expected_yaml()


def test_sentences_end_where_readers_see_their_end() -> None:
    assert sentences('"So it was." He left (at ten.) It rained.') == ['"So it was."', "He left (at ten.)", "It rained."]
    assert sentences("彼は言った。「もう行く。」雨だ！") == ["彼は言った。", "「もう行く。」", "雨だ！"]
    assert sentences("It cost 3.5 million. Really?") == ["It cost 3.5 million.", "Really?"]
    assert sentences("من هذا؟ لا أحد.") == ["من هذا؟", "لا أحد."]
    assert sentences("no end") == ["no end"]
