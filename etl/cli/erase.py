"""The command that removes pages everywhere: erase."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from etl import settings as settings_module
from etl.cli import output
from etl.cli.output import Exit
from etl.printable import one_line


def erase(
    url: Annotated[list[str] | None, typer.Option(help="Erase this page; may be repeated.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Erase all pages of this source; may be repeated.")] = None,
    reason: Annotated[str, typer.Option(help="Kept with the tombstone; no personal data.")] = "request",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Search lake and warehouse for the URLs and the words of --text.")
    ] = False,
    words: Annotated[list[str] | None, typer.Option("--text", help="With --verify: words to search for.")] = None,
    json: Annotated[bool, typer.Option("--json", help="For machines: JSON on standard output.")] = False,
) -> None:
    """Delete pages from lake and warehouse for good; they will not be loaded again.

    An erasure that was stopped is finished by the same command. With --verify and without --yes nothing is deleted.
    """
    from etl.errors import SettingError
    from etl.stages.maintenance import erase as erasing
    from etl.stages.maintenance import verify_erasure
    from etl.stages.resources import open_resources

    urls, sources, wanted = url or [], source or [], words or []
    if any(not each.strip() for each in (*urls, *sources, *wanted)):
        raise SettingError("--url, --source or --text is empty: give the words, address or key that is meant")
    if not (urls or sources or (verify and wanted)):
        raise SettingError("nothing is named: give --url or --source, or --verify with --text")
    said: dict[str, object] = {}
    with open_resources(settings_module.load(), activate=False) as r:
        named = erasing.keys_by_address(r, urls)
        keys = erasing.targets(r, addresses=urls, sources=sources)
        if keys and not (verify and not yes):
            if not yes:
                what = one_line(", ".join([*urls, *sources]))
                question = f"Erase {len(keys)} URLs ({what}) from {r.settings.lake_url} and the warehouse, for good?"
                if not typer.confirm(question, err=True):
                    output.note("nothing was erased")
                    raise typer.Exit(Exit.USAGE)
            done = erasing.erase(r, keys=keys, reason=reason, now=datetime.now(UTC))
            nothing = [url for url in urls if not named[url] & done.held]
            already = [url for url in nothing if named[url] <= done.known]
            nothing = [url for url in nothing if url not in already]
            said = {
                "urls": len(keys & done.held),
                "captures": done.captures,
                "warcs": done.warcs,
                "silver": done.silver,
                "already_erased": already,
                "held_nothing": nothing,
            }
            if not json:
                output.say(
                    f"Erased {len(keys & done.held)} URLs: {done.captures} captures; {len(done.warcs)} WARC files and "
                    f"{len(done.silver)} silver files rewritten.",
                )
                for address in already:
                    output.note(f"already erased: {address}")
                for address in nothing:
                    output.note(
                        f"nothing is stored of {address}: it will not be loaded from now on; is it spelled right?"
                    )
                for key in sources:
                    if r.registry.sources[key].enabled:
                        output.note(
                            f"{key} is enabled: its new pages will be fetched. To stop that, disable it in "
                            f"{r.settings.sources}.",
                        )
        searched = verify_erasure.search(r, [*urls, *wanted]) if verify and (urls or wanted) else None
    if searched is None:
        if json:
            output.print_json(said)
        return
    if json:
        searched_json = {name: getattr(searched, name) for name in ("warcs", "parquets", "objects", "tables", "rows")}
        output.print_json({**said, "searched": searched_json, "found": searched.found})
    else:
        output.say(
            f"Searched {searched.warcs} WARC files, {searched.parquets} silver files, {searched.objects} other objects "
            f"of the lake, {searched.rows} rows of {searched.tables} tables.",
        )
        for place in searched.found:
            output.say(f"found in {place}")
        if not searched.found:
            output.say("Found nowhere.")
    if searched.found:
        raise typer.Exit(Exit.INCOMPLETE)
