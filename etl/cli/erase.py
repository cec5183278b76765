"""The command that removes pages everywhere: erase."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from etl import settings as settings_module
from etl.cli import output
from etl.cli.options import Json, Yes
from etl.cli.output import Exit
from etl.errors import SettingError
from etl.printable import one_line

if TYPE_CHECKING:
    from etl.stages.maintenance.verify_erasure import SearchReport
    from etl.stages.resources import Resources


def erase(
    url: Annotated[list[str] | None, typer.Option(metavar="URL", help="Erase this page; may be repeated.")] = None,
    source: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="Erase all pages of this source; may be repeated.")
    ] = None,
    reason: Annotated[
        str, typer.Option(metavar="WORDS", help="Kept with the tombstone; no personal data.")
    ] = "request",
    yes: Yes = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Search lake and warehouse for the URLs and the words of --text.")
    ] = False,
    words: Annotated[
        list[str] | None, typer.Option("--text", metavar="WORDS", help="With --verify: words to search for.")
    ] = None,
    json: Json = False,
) -> None:
    """Delete pages from lake and warehouse for good; they will not be loaded again.

    An erasure that was stopped is finished by the same command. With --verify and without --yes nothing is deleted.
    Exits with 3 when --verify found something, and when nothing is stored of a URL.
    """
    from etl.stages.maintenance import verify_erasure
    from etl.stages.resources import open_resources

    urls, sources, wanted = url or [], source or [], words or []
    if any(not each.strip() for each in (*urls, *sources, *wanted)):
        raise SettingError("--url, --source or --text is empty: give the words, address or key that is meant")
    if not (urls or sources or (verify and wanted)):
        raise SettingError("nothing is named: give --url or --source, or --verify with --text")
    said: dict[str, Any] = {}
    searched = None
    with open_resources(settings_module.load(), activate=False) as r:
        if (urls or sources) and not (verify and not yes):
            said = _erase(r, urls, sources, reason, is_agreed=yes)
        if verify and (urls or wanted):
            searched = verify_erasure.search(r, [*urls, *wanted])
    if json:
        output.print_json(said | (_as_json(searched) if searched else {}))
    else:
        _show(said, searched)
    if said.get("held_nothing") or (searched and searched.found):
        raise typer.Exit(Exit.INCOMPLETE)


def _erase(r: Resources, urls: list[str], sources: list[str], reason: str, *, is_agreed: bool) -> dict[str, Any]:
    from etl.stages.maintenance import erase as erasing

    named = erasing.keys_by_address(r, urls)
    keys = erasing.targets(r, addresses=urls, sources=sources)
    if keys and not is_agreed:
        what = one_line(", ".join([*urls, *sources]))
        question = f"Erase {len(keys)} URLs ({what}) from {r.settings.lake_url} and the warehouse, for good?"
        output.confirm(question, else_said="nothing was erased")
    done = erasing.erase(r, keys=keys, reason=reason, now=datetime.now(UTC))
    nothing = [url for url in urls if not named[url] & done.held]
    already = [url for url in nothing if named[url] <= done.known]
    for key in sources:
        if r.registry.sources[key].enabled:
            output.note(
                f"{key} is enabled: its new pages will be fetched. `news-etl sources disable {key}` stops that",
            )
    return {
        "urls": len(keys & done.held),
        "captures": done.captures,
        "warcs": done.warcs,
        "silver": done.silver,
        "already_erased": already,
        "held_nothing": [url for url in nothing if url not in already],
    }


def _as_json(searched: SearchReport) -> dict[str, Any]:
    counts = {name: getattr(searched, name) for name in ("warcs", "parquets", "objects", "tables", "rows")}
    return {"searched": counts, "found": searched.found}


def _show(said: dict[str, Any], searched: SearchReport | None) -> None:
    if said:
        output.say(
            f"Erased {said['urls']} URLs: {said['captures']} captures; {len(said['warcs'])} WARC files and "
            f"{len(said['silver'])} silver files rewritten.",
        )
        if not said["urls"] and not said["already_erased"] and not said["held_nothing"]:
            output.note("nothing is stored of what was named")
        for address in said["already_erased"]:
            output.note(f"already erased: {address}")
        for address in said["held_nothing"]:
            output.note(f"nothing is stored of {address}: it will not be loaded from now on; is it spelled right?")
    if searched is None:
        return
    output.say(
        f"Searched {searched.warcs} WARC files, {searched.parquets} silver files, {searched.objects} other objects "
        f"of the lake, {searched.rows} rows of {searched.tables} tables.",
    )
    for place in searched.found:
        output.say(f"found in {place}")
    if not searched.found:
        output.say("Found nowhere.")
