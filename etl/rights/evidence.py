"""What files of a site said when a page was taken, as strings of the capture's metadata, which stand in its WARC file.

Keys, each only if something was said of this page:

    robots.txt:12       a line that counts for us and this page, such as "Content-Signal: ai-train=no"
    robots_url, robots_fetched_at    the file, and when it was read
    tdmrep.json:3       the entry of that file that counts, as JSON; 3 is its place
    tdmrep_url, tdmrep_fetched_at
    rsl:URL             what a document of terms says of this page (`rsl.Terms`), as JSON
    rsl_fetched_at      when those documents were read: "time URL", separated by blanks
    norms               by which norms it was read

Headers and the page itself are in the WARC file as they came, and are read from there. Captures without `norms` are older:
of them only what `etl.fetch.rights` made of all places together is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from etl.fetch.robots import RobotsRules, without_path
from etl.model import RightsStatement
from etl.rights import licenses, rsl, usage
from etl.rights.statements import MAX_SAID, statement
from etl.rights.tdm import TdmEntry, TdmLine, reservation_of
from etl.untrusted_text import as_line

NORMS = "aipref-attach-05 aipref-vocab-08 content-signals-2025-09 rsl-1.0 tdmrep-2024-05"
# When a file was read differs from run to run where nothing else does.
TIMES = ("robots_fetched_at", "tdmrep_fetched_at", "rsl_fetched_at")

# In the metadata of a capture that is no page but a document about pages: the terms of a site, as evidence.
DOCUMENT = "document"
# A site has one document of terms, or one for each kind of user.
MAX_LICENSES = 10

_VOCABULARIES = {"content-usage": usage.AIPREF, "content-signal": usage.CONTENT_SIGNAL}
_ROBOTS, _TDMREP, _RSL = "robots.txt:", "tdmrep.json:", "rsl:"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """A file of a site: its address after redirects, and when it was read (ISO 8601)."""

    url: str
    read_at: str


def of_robots(rules: RobotsRules, url: str, file: ReadFile) -> dict[str, str]:
    """The lines of robots.txt that say how the page at `url` may be used."""
    found = [rule for name in _VOCABULARIES for rule, _ in rules.usage(name, url)]
    lines = {
        f"{_ROBOTS}{rule.line}": as_line(f"{_written(rule.field)}: {rule.value}", MAX_SAID)
        for rule in (*found, *rules.licenses[:MAX_LICENSES])
    }
    return lines | {"robots_url": file.url, "robots_fetched_at": file.read_at, "norms": NORMS}


def of_tdmrep(entry: TdmEntry | None, file: ReadFile | None) -> dict[str, str]:
    """The entry of tdmrep.json that counts."""
    if entry is None or file is None:
        return {}
    return {f"{_TDMREP}{entry.number}": entry.said, "tdmrep_url": file.url, "tdmrep_fetched_at": file.read_at}


def of_terms(found: Mapping[str, tuple[rsl.Terms, str]]) -> dict[str, str]:
    """What documents of terms say, by address, each with when it was read."""
    lines = {f"{_RSL}{url}": terms.to_json() for url, (terms, _) in found.items()}
    times = " ".join(f"{read_at} {url}" for url, (_, read_at) in found.items())
    return lines | ({"rsl_fetched_at": times} if times else {})


def terms(evidence: Mapping[str, str]) -> Iterator[tuple[str, rsl.Terms, str | None]]:
    """The documents of terms that were read: address, what they say, when."""
    words = evidence.get("rsl_fetched_at", "").split()
    times = dict(zip(words[1::2], words[::2], strict=False))
    for key, value in sorted(evidence.items()):
        if key.startswith(_RSL):
            url = key.removeprefix(_RSL)
            yield url, rsl.Terms.from_json(value), times.get(url)


def robots_statements(evidence: Mapping[str, str]) -> Iterator[RightsStatement]:
    """The statements of robots.txt, in the order of its lines."""
    document, read_at = evidence.get("robots_url"), evidence.get("robots_fetched_at")
    for number, line in sorted(_numbered(evidence, _ROBOTS)):
        name, _, value = line.partition(": ")
        place = f"robots.txt line {number}"
        words = _VOCABULARIES.get(name.lower())
        if words is not None:
            no, yes = usage.read(without_path(value)[1], words)
            yield statement(words.norm, place, line, denies=no, grants=yes, document=document, read_at=read_at)
        else:
            yield statement("license", place, line, grants=licenses.grants(value), document=document, read_at=read_at)


def tdm_lines(evidence: Mapping[str, str]) -> Iterator[TdmLine]:
    """What tdmrep.json said."""
    for number, said in sorted(_numbered(evidence, _TDMREP)):
        yield TdmLine(
            place=f"tdmrep.json entry {number}",
            said=said,
            values=(reservation_of(said),),
            document=evidence.get("tdmrep_url"),
            read_at=evidence.get("tdmrep_fetched_at"),
        )


def former_statements(evidence: Mapping[str, str]) -> Iterator[RightsStatement]:
    """Of an older capture: what was made of headers, robots.txt and page together."""
    read_at = evidence.get("robots_fetched_at")
    for key, words in (("content_usage", usage.AIPREF), ("content_signal", usage.CONTENT_SIGNAL)):
        if value := evidence.get(key):
            no, yes = usage.read(value, words)
            place = "robots.txt or header, as recorded"
            yield statement(words.norm, place, value, denies=no, grants=yes, read_at=read_at)


def former_tdm_lines(evidence: Mapping[str, str]) -> Iterator[TdmLine]:
    """Of an older capture: the reservation, where the file had it; headers and page are read again."""
    if evidence.get("tdm_found_in") == "tdmrep.json":
        value = evidence.get("tdm_reservation", "")
        yield TdmLine(
            place="tdmrep.json, as recorded",
            said=f"tdm-reservation: {value}",
            values=(value,),
            read_at=evidence.get("robots_fetched_at"),
        )


def _numbered(evidence: Mapping[str, str], prefix: str) -> Iterator[tuple[int, str]]:
    for key, value in evidence.items():
        number = key.removeprefix(prefix)
        if key.startswith(prefix) and number.isascii() and number.isdigit():
            yield int(number[:9]), value


def _written(field: str) -> str:
    return "-".join(word.capitalize() for word in field.split("-"))
