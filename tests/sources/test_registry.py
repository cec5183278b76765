from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import combinations, product
from pathlib import Path

import pytest

from etl.errors import SettingError
from etl.sources.registry import ExtractionRule, Registry, Rights, Source, Store, load
from etl.urls import KeyRules

FULL = """
sources:
  - key: harbour-post
    name: Harbour Post
    homepage: https://www.harbour-post.co.uk/
    country: gb
    languages: [en, "no"]
    timezone: Europe/London
    enabled: false
    aliases: [Harbourpost.example, "localhost:8000"]
    feeds: [https://www.harbour-post.co.uk/feed]
    sitemaps: [https://www.harbour-post.co.uk/news.xml]
    sections: [https://www.harbour-post.co.uk/local/]
    min_delay_s: 9
    daily_budget: 100
    revisit_after: [30m, 1h, 7d]
    key_rules: {drop: [Ref, 1], keep: [utm_id]}
    rights: {store: excerpt}
    month_first: false
    rules:
      - body: ['//div[@class="a"]', '//main']
        drop: ['//aside']
        title: ['//h1[@class="t"]']
        published: ['//time/@datetime']
        valid_from: 2026-01-01
        valid_until: 2026-06-30
      - body: [//article]
        valid_from: 2026-07-01
"""
LEAST = """
sources:
  - key: {key}
    name: Gaceta
    homepage: https://{host}/
    languages: [es]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sources.yaml"


def read(path: Path, text: str) -> Registry:
    path.write_text(text, encoding="utf-8")
    return load(path)


def problems(path: Path, text: str) -> list[str]:
    with pytest.raises(SettingError) as caught:
        read(path, text)
    first, *rest = str(caught.value).split("\n  ")
    assert first.startswith(f"{path}: {len(rest)} problem")
    return rest


def entry(lines: str) -> str:
    return f"sources:\n  - key: a\n    name: A\n    homepage: https://a.example/\n    languages: [en]\n    {lines}\n"


def test_every_field_is_read(path: Path) -> None:
    assert read(path, FULL).sources["harbour-post"] == Source(
        key="harbour-post",
        name="Harbour Post",
        homepage="https://www.harbour-post.co.uk/",
        country="GB",
        languages=("en", "no"),
        timezone="Europe/London",
        enabled=False,
        aliases=("harbourpost.example", "localhost:8000"),
        feeds=("https://www.harbour-post.co.uk/feed",),
        sitemaps=("https://www.harbour-post.co.uk/news.xml",),
        sections=("https://www.harbour-post.co.uk/local/",),
        min_delay_s=9.0,
        daily_budget=100,
        revisit_after=(timedelta(minutes=30), timedelta(hours=1), timedelta(days=7)),
        key_rules=KeyRules(drop=frozenset({"ref", "1"}), keep=frozenset({"utm_id"})),
        rights=Rights(store=Store.EXCERPT),
        month_first=False,
        rules=(
            ExtractionRule(
                body=('//div[@class="a"]', "//main"),
                drop=("//aside",),
                title=('//h1[@class="t"]',),
                published=("//time/@datetime",),
                valid_from=date(2026, 1, 1),
                valid_until=date(2026, 6, 30),
            ),
            ExtractionRule(body=("//article",), valid_from=date(2026, 7, 1)),
        ),
    )


def test_what_is_left_out_has_the_documented_default(path: Path) -> None:
    source = read(path, LEAST.format(key="gaceta", host="gaceta.example")).sources["gaceta"]
    assert source.enabled
    assert (source.min_delay_s, source.daily_budget) == (5.0, 2000)
    assert source.revisit_after == (timedelta(hours=1), timedelta(days=1), timedelta(days=7))
    assert (source.country, source.timezone, source.month_first, source.rights.store) == (None, None, None, None)


def test_a_file_of_an_editor_that_writes_a_byte_order_mark_is_read(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + FULL.encode())
    assert list(load(path).sources) == ["harbour-post"]


def test_all_problems_are_told_at_once_with_line_source_and_field(path: Path) -> None:
    text = (
        "sources:\n"
        "  - key: harbour-post\n"
        "    name: Harbour Post\n"
        "    homepage: harbour-post.example\n"
        "    languages: [en, no]\n"
        "    timezone: Europe/Lundon\n"
        "    feed: https://harbour-post.example/feed\n"
        "    rules:\n"
        "      - body: ['//div[']\n"
        "  - name: Zweite\n"
        "    homepage: https://zweite.example/\n"
        "    languages: [de]\n"
        "    key_rules:\n"
        "      dorp: [x]\n"
    )
    assert [problem.partition(": ")[0] for problem in problems(path, text)] == [
        *("line 4", "line 5", "line 6", "line 7", "line 9", "line 14", "line 10"),
    ]
    found = "\n".join(problems(path, text))
    assert "harbour-post.homepage: no scheme: 'harbour-post.example'" in found
    assert "harbour-post.languages: YAML reads false here: put quotes around it" in found
    assert "harbour-post.timezone: 'Europe/Lundon' is no time zone: did you mean Europe/London?" in found
    assert "harbour-post.feed: unknown field: did you mean feeds?" in found
    assert "harbour-post.rules[1].body: '//div[' is no XPath" in found
    assert "source 2.key_rules.dorp: unknown field: did you mean drop?" in found
    assert "source 2.key: is missing" in found


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ("country: no", "a.country: YAML reads false here"),
        ("country: UK", "a.country: 'UK': give the two letters of ISO 3166, such as GB"),
        ("country: Norway", "a.country: 'Norway'"),
        ("enabled: maybe", "a.enabled: 'maybe': give true or false"),
        ("name: B", "a.name: given twice"),
        ("aliases: [https://b.example/]", "a.aliases: 'https://b.example/': give a host alone"),
        ("aliases: ['b..example']", "a.aliases: 'b..example' is no host"),
        ("aliases: b.example", "a.aliases: 'b.example' is no list"),
        ("aliases: [b.example, B.example]", "a.aliases: b.example is given twice"),
        ("feeds: [ftp://a.example/]", "a.feeds: ftp is not http or https"),
        ("min_delay_s: 0.5", "a.min_delay_s: 0.5 is too fast for public servers: give 1 or more"),
        ("min_delay_s: -1", "a.min_delay_s: -1: give seconds"),
        ("min_delay_s: true", "a.min_delay_s: True: give seconds"),
        ("min_delay_s: .nan", "a.min_delay_s: nan: give seconds"),
        ("daily_budget: 0", "a.daily_budget: 0: give requests a day"),
        ("daily_budget: 1.5", "a.daily_budget: 1.5: give requests a day"),
        ("revisit_after: [1h, 60]", "a.revisit_after: 60: give a time such as 30m, 1h or 7d"),
        ("revisit_after: [1d, 1h]", "a.revisit_after: give each time once, the shortest first"),
        ("revisit_after: [60m, 1h]", "a.revisit_after: give each time once, the shortest first"),
        ("key_rules: {drop: [REF], keep: [ref]}", "a.key_rules: ref: either drop or keep"),
        ("key_rules: {drop: ['a=1']}", "a.key_rules.drop: 'a=1' is no name of a parameter"),
        ("key_rules: [ref]", "a.key_rules: is no mapping of fields to values"),
        ("rights: {store: all}", "a.rights.store: 'all': give full, excerpt, metadata"),
        ("rules: [{drop: []}]", "a.rules[1]: has neither body, drop, title nor published"),
        (
            "rules: [{body: [//a], valid_from: 2026-02-01, valid_until: 2026-01-31}]",
            "a.rules[1]: ends before it begins",
        ),
        ("rules: [{body: [//a], valid_from: 2026-02-30}]", "a.rules[1].valid_from: day is out of range for month"),
        ("rules: [{body: [//a], valid_from: yesterday}]", "a.rules[1].valid_from: 'yesterday': give a day"),
        ("rules: {body: [//a]}", "a.rules: is no list"),
        ("timezone: ../../etc/passwd", "a.timezone: '../../etc/passwd' is no time zone"),
        ("feeds: &x [*x]", "a.feeds: "),
    ],
)
def test_a_value_that_cannot_be_used_says_what_to_write(path: Path, lines: str, what: str) -> None:
    (problem,) = problems(path, entry(lines))
    assert what in problem


@pytest.mark.parametrize("field", ["key", "name", "homepage", "languages"])
def test_a_field_that_is_needed_is_missed(path: Path, field: str) -> None:
    text = "".join(line for line in entry("").splitlines(keepends=True) if f"{field}:" not in line or field == "key")
    if field == "key":
        text = text.replace("  - key: a\n    name", "  - name")
    (problem,) = problems(path, text)
    assert problem.endswith(f"{field}: is missing")


@pytest.mark.parametrize("key", ["Harbour", "harbour_post", "-a", "a--b", "a" * 64, "über", "12"])
def test_a_key_is_short_lower_case_and_text(path: Path, key: str) -> None:
    assert len(problems(path, LEAST.format(key=key, host="a.example"))) == 1


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "there is no entry in it"),
        ("# nothing", "there is no entry in it"),
        ("[]", "is no mapping"),
        ("{}", "`sources` is missing"),
        ("sources: harbour-post", "line 1: sources: is no list"),
        ("sources: [harbour-post]", "line 1: source 1: is no mapping"),
        ("source: []", "unknown field: did you mean sources?"),
        ("sources:\n  - key: [", "line 2: no YAML"),
        ("sources:\n\t- key: a", "line 2: no YAML"),
        ("sources: \x00", "no YAML"),
    ],
)
def test_a_file_that_is_no_registry_says_why(path: Path, text: str, what: str) -> None:
    assert any(what in problem for problem in problems(path, text)), problems(path, text)


def test_a_key_given_twice_names_both_lines(path: Path) -> None:
    second = LEAST.format(key="a", host="b.example").replace("sources:\n", "").lstrip("\n")
    (problem,) = problems(path, LEAST.format(key="a", host="a.example") + second)
    assert problem == "line 7: a.key: the key of line 3 again"


def test_a_feed_of_two_sources_is_asked_once_and_so_refused(path: Path) -> None:
    first = LEAST.format(key="a", host="a.example") + "    feeds: ['https://a.example/feed?b=1&a=2']\n"
    second = LEAST.format(key="b", host="b.example").replace("\nsources:\n", "")
    second += "    sections: ['http://A.example/feed?a=2&b=1&utm_source=x']\n"
    (problem,) = problems(path, first + second)
    assert "b.sections" in problem and problem.endswith("stands in a.feeds already")


def test_this_machine_may_be_asked_as_fast_as_one_likes(path: Path) -> None:
    text = entry("min_delay_s: 0").replace("https://a.example/", "http://127.0.0.11:8000/")
    assert read(path, text).sources["a"].min_delay_s == 0.0
    text += "    feeds: [https://a.example/feed]\n"
    assert len(problems(path, text)) == 1


def test_a_file_that_cannot_be_read_names_the_setting(path: Path) -> None:
    with pytest.raises(SettingError, match="NEWS_ETL_SOURCES"):
        load(path)
    path.write_bytes("sources: # é".encode("latin-1"))
    with pytest.raises(SettingError, match="not UTF-8"):
        load(path)


def source(key: str, homepage: str, *aliases: str, **more: object) -> Source:
    return Source(key=key, name=key, homepage=homepage, languages=("en",), aliases=aliases, **more)  # type: ignore[arg-type]


REGISTRY = Registry.of(
    [
        source("times", "https://www.times.co.uk/", "times.example", "times.blogspot.com"),
        source("sport", "https://sport.times.co.uk/"),
        source("other", "https://www.other.co.uk/", "sport.times.co.uk"),
        source("arena", "https://arena.region.com.br/"),
        source("brasa", "https://brasa.region.com.br/"),
        source("local", "http://127.0.0.11:8000/", "127.0.0.12:8000"),
        source("intranet", "http://news.corp.test:8000/"),
        source("umlaut", "https://www.zürich.example.ch/"),
        source("blog", "https://one.blogspot.com/"),
    ]
)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.times.co.uk/a", "times"),
        ("http://times.co.uk:80/a", "times"),
        ("https://m.times.co.uk/a", "times"),
        ("https://times.example/a", "times"),
        ("https://www.times.example/a", "times"),
        ("https://m.times.example/a", None),  # an alias is a host, not a domain
        ("https://sport.times.co.uk/a", "sport"),  # a homepage before an alias
        ("https://live.sport.times.co.uk/a", "sport"),
        ("https://arena.region.com.br/a", "arena"),
        ("https://xx.arena.region.com.br/a", "arena"),
        ("https://www.region.com.br/a", None),  # of both or of neither
        ("https://notarena.region.com.br/a", None),
        ("http://127.0.0.11:8000/a", "local"),
        ("http://127.0.0.12:8000/a", "local"),
        ("http://127.0.0.11:8001/a", None),
        ("http://127.0.0.13:8000/a", None),
        ("http://news.corp.test:8000/a", "intranet"),
        ("http://x.corp.test:8000/a", None),
        ("https://xn--zrich-kva.example.ch/a", "umlaut"),
        ("https://times.blogspot.com/a", "times"),
        ("https://one.blogspot.com/a", "blog"),
        ("https://two.blogspot.com/a", None),  # neighbours on a platform
        ("https://nobody.example/", None),
        ("https://co.uk/", None),
        ("urn:sha256:" + "0" * 64, None),
        ("mailto:desk@times.co.uk", None),
        ("", None),
    ],
)
def test_a_page_belongs_to_the_source_with_the_nearest_claim(url: str, key: str | None) -> None:
    found = REGISTRY.source_of(url)
    assert (found and found.key) == key
    again = Registry.of(reversed(REGISTRY.sources.values())).source_of(url)
    assert again == found, "the order of the file decides nothing"


def test_a_host_that_two_sources_claim_goes_to_the_first_key_in_any_order() -> None:
    both = [source("b", "https://b.example/", "shared.example"), source("a", "https://a.example/", "shared.example")]
    for order in (both, both[::-1]):
        found = Registry.of(order).source_of("https://shared.example/1")
        assert found is not None and found.key == "a"


def test_sources_are_chosen_by_key_and_a_typo_is_helped() -> None:
    assert [s.key for s in REGISTRY.select(["sport", "times", "sport"])] == ["sport", "times"]
    with pytest.raises(SettingError, match=r"no source 'spotr': did you mean sport\b"):
        REGISTRY.select(["times", "spotr"])
    with pytest.raises(SettingError, match="no source 'zzzzzz': `news-etl sources list`"):
        REGISTRY.select(["zzzzzz"])
    with pytest.raises(SettingError, match=r"no source 'tmes'.*; no source 'othr'"):
        REGISTRY.select(["tmes", "othr"])
    named = Registry.of([Source(key="sz", name="Süddeutsche Zeitung", homepage="https://sz.example/")])
    with pytest.raises(SettingError, match=r"did you mean sz\?"):
        named.select(["süddeutsche"])


def test_without_keys_the_enabled_sources_are_chosen() -> None:
    registry = Registry.of([source("on", "https://a.example/"), source("off", "https://b.example/", enabled=False)])
    assert [s.key for s in registry.select()] == ["on"]
    assert [s.key for s in registry.select(["off"])] == ["off"]


def test_a_registry_of_two_equal_keys_is_refused() -> None:
    with pytest.raises(ValueError, match="two sources"):
        Registry.of([source("a", "https://a.example/"), source("a", "https://b.example/")])


BEFORE = source("a", "https://a.example/", "b.example")
ANOTHER = source("z", "https://z.example/")
# Sources that take hosts from each other: by homepage, by alias, by domain.
CLAIMS = [
    source("a", "https://a.co.uk/"),
    source("a", "https://a.co.uk/", "blog.b.co.uk"),
    source("b", "https://b.co.uk/"),
    source("b", "https://b.co.uk/", "a.co.uk", "sport.a.co.uk"),
    source("c", "https://sport.a.co.uk/"),
    source("e", "https://news.a.co.uk/"),
    source("d", "https://blog.b.co.uk/"),
    source("d", "https://www.blog.b.co.uk/", "x.a.co.uk"),
]
CLAIMED = [f"https://{host}/1" for host in ("a.co.uk", "x.a.co.uk", "sport.a.co.uk", "www.blog.b.co.uk", "y.b.co.uk")]


@pytest.mark.parametrize(
    "change",
    [
        {"name": "B"},
        {"homepage": "https://c.example/"},
        {"aliases": ("c.example",)},
        {"languages": ("de",)},
        {"timezone": "Europe/Berlin"},
        {"month_first": True},
        {"key_rules": KeyRules(drop=frozenset({"ref"}))},
        {"key_rules": KeyRules(keep=frozenset({"ref"}))},
        {"rights": Rights(store=Store.METADATA)},
        {"rules": (ExtractionRule(body=("//a",)),)},
        {"rules": (ExtractionRule(title=("//a",)),)},
        {"rules": (ExtractionRule(published=("//a",)),)},
        {"rules": (ExtractionRule(body=("//a",), valid_from=date(2026, 1, 1)),)},
        {"rules": (ExtractionRule(drop=("//a",)),)},
    ],
)
def test_what_decides_on_rows_changes_the_version(change: dict[str, object]) -> None:
    from dataclasses import replace

    after = replace(BEFORE, **change)  # type: ignore[arg-type]
    assert Registry.of([after, ANOTHER]).version != Registry.of([BEFORE, ANOTHER]).version


def test_versions_of_changed_rules_differ_from_each_other() -> None:
    from dataclasses import replace

    rules = [
        (ExtractionRule(body=("//a",)),),
        (ExtractionRule(drop=("//a",)),),
        (ExtractionRule(body=("//a",), valid_from=date(2026, 1, 1)),),
        (ExtractionRule(body=("//a",), valid_until=date(2026, 1, 1)),),
    ]
    assert len({Registry.of([replace(BEFORE, rules=each)]).version for each in rules}) == len(rules)


def test_what_decides_only_on_visits_keeps_the_version() -> None:
    from dataclasses import replace

    after = replace(
        BEFORE,
        enabled=False,
        feeds=("https://a.example/feed",),
        sitemaps=("https://a.example/s.xml",),
        sections=("https://a.example/x/",),
        min_delay_s=60.0,
        daily_budget=1,
        revisit_after=(),
        homepage="http://www.a.example/start",
    )
    assert Registry.of([ANOTHER, after]).version == Registry.of([BEFORE, ANOTHER]).version


def test_a_rule_counts_on_the_days_of_its_layout_in_utc(path: Path) -> None:
    found = read(path, FULL).sources["harbour-post"]
    assert found.extraction_at(datetime(2025, 12, 31, 23, 59, tzinfo=UTC)).body == ()
    first = found.extraction_at(datetime(2026, 1, 1, tzinfo=UTC))
    assert first.body == ('//div[@class="a"]', "//main")
    assert first.drop == ("//aside",)
    assert found.extraction_at(datetime(2026, 6, 30, 23, 59, tzinfo=UTC)).body == first.body
    east = datetime.fromisoformat("2026-07-01T08:30:00+09:00")  # still June in UTC
    assert found.extraction_at(east).body == first.body
    assert found.extraction_at(datetime(2026, 7, 1, tzinfo=UTC)).body == ("//article",)


def test_extraction_knows_the_site_and_its_language_if_it_has_one(path: Path) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    two = read(path, FULL).sources["harbour-post"].extraction_at(at)
    assert (two.site_names, two.language, two.timezone, two.month_first) == (
        ("Harbour Post",),
        None,
        "Europe/London",
        False,
    )
    one = read(path, LEAST.format(key="gaceta", host="gaceta.example")).sources["gaceta"].extraction_at(at)
    assert (one.language, one.timezone, one.month_first) == ("es", None, None)


def test_a_change_of_one_source_changes_no_other_sources_version() -> None:
    from dataclasses import replace

    before = Registry.of([BEFORE, ANOTHER])
    after = Registry.of([replace(BEFORE, name="B"), ANOTHER])
    assert before.version_of(before.sources["a"]) != after.version_of(after.sources["a"])
    assert before.version_of(before.sources["z"]) == after.version_of(after.sources["z"])
    assert before.version_for("https://z.example/x") == after.version_of(after.sources["z"])


def test_pages_of_sites_that_no_source_claims_have_a_version_that_no_source_changes() -> None:
    assert Registry.of([BEFORE]).version_for("https://else.example/1") == Registry.of([ANOTHER]).version_of(None) == ""


def test_a_page_that_comes_to_another_source_never_meets_a_version_of_both_registries() -> None:
    """Else articles would stay with the source that lost them: its version would still be a current one."""
    chosen = [c for n in range(4) for c in combinations(CLAIMS, n) if len({source.key for source in c}) == n]
    facts = []
    for registry in map(Registry.of, chosen):
        versions = {registry.version_of(source) for source in (None, *registry.sources.values())}
        owners = [(source.key if (source := registry.source_of(url)) else None) for url in CLAIMED]
        facts.append((versions, owners, [registry.version_for(url) for url in CLAIMED]))
    moved = 0
    for (versions_before, had, before), (versions_after, has, after) in product(facts, repeat=2):
        for n in range(len(CLAIMED)):
            if had[n] != has[n]:
                moved += 1
                assert before[n] not in versions_after or after[n] not in versions_before
    assert moved > 1000


MORE = (
    LEAST.format(key="gaceta", host="gaceta.example")
    + """\
    country: ES
    region: ES-MD
    kind: newspaper
    owner: Grupo Vega
    wikidata: Q9684
    issn: ["0362-4331"]
    tags: [madrid, "de pago"]
    include: [/noticias/]
    exclude: ["*.pdf$"]
    headers: {Accept-Language: "es-ES,es;q=0.9"}
"""
)


def test_facts_of_a_publisher_tags_patterns_and_headers_are_read(path: Path) -> None:
    source = read(path, MORE).sources["gaceta"]
    assert (source.region, source.kind, source.owner, source.wikidata) == ("ES-MD", "newspaper", "Grupo Vega", "Q9684")
    assert (source.issn, source.tags) == (("0362-4331",), ("madrid", "de pago"))
    assert (source.include, source.exclude) == (("/noticias/",), ("*.pdf$",))
    assert source.headers == (("Accept-Language", "es-ES,es;q=0.9"),)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('issn: ["0362-4332"]', "check digit"),
        ("issn: ['123']", "give an ISSN"),
        ("wikidata: 9684", "put quotes"),
        ("wikidata: P31", "such as Q9684"),
        ("kind: paper", "newspaper, magazine"),
        ("region: Bavaria", "ISO 3166-2"),
        ("include: /sport/", "is no list"),
        ("include: ['https://gaceta.example/sport/']", "without https"),
        ("exclude: ['/a b']", "no blanks"),
        ("headers: {User-Agent: me}", "not a source's to set"),
        ("headers: {cookie: a}", "not a source's to set"),
        ("headers: {'X Y': a}", "no name of a header"),
        ('headers: {X-A: "a\\nb"}', "cannot stand"),
        ("headers: [a]", "no mapping"),
        ("tags: [a, a]", "given twice"),
    ],
)
def test_a_fact_that_cannot_be_is_told_with_what_to_write(path: Path, line: str, said: str) -> None:
    with pytest.raises(SettingError, match=said):
        read(path, LEAST.format(key="gaceta", host="gaceta.example") + f"    {line}\n")


def test_facts_tags_patterns_and_headers_decide_on_no_row(path: Path) -> None:
    plain = read(path, LEAST.format(key="gaceta", host="gaceta.example") + "    country: ES\n")
    assert plain.version == read(path, MORE).version


def test_a_folder_of_files_is_one_registry_in_the_order_of_their_names(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(LEAST.format(key="b", host="b.example"), encoding="utf-8")
    (tmp_path / "a.yml").write_text(LEAST.format(key="z", host="z.example"), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    (tmp_path / "site_lines").mkdir()
    assert list(load(tmp_path).sources) == ["z", "b"]


def test_what_is_wrong_in_a_folder_is_told_by_file_and_line(tmp_path: Path) -> None:
    feed = "    feeds: [https://feeds.example/1]\n"
    (tmp_path / "a.yaml").write_text(LEAST.format(key="a", host="a.example") + feed, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(
        LEAST.format(key="a", host="b.example")
        + LEAST.format(key="b", host="c.example").partition("sources:")[2]
        + feed,
        encoding="utf-8",
    )
    (tmp_path / "c.yaml").write_text("sources: [\n", encoding="utf-8")
    with pytest.raises(SettingError) as raised:
        load(tmp_path)
    said = str(raised.value)
    assert "b.yaml line 3: a.key: the key of a.yaml line 3 again" in said
    assert "b.yaml line 8: b.feeds: https://feeds.example/1 stands in a.feeds already" in said
    assert "c.yaml: line 2: no YAML" in said


def test_a_folder_without_files_is_no_registry(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"no \*\.yaml"):
        load(tmp_path)
