"""The command that receives what hubs say: websub serve."""

from __future__ import annotations

from typing import Annotated

import typer

from etl import settings as settings_module
from etl.cli import output, stopping

app = typer.Typer(no_args_is_help=True, help="Hubs that say at once that a feed has changed (WebSub).")


@app.callback()
def _group() -> None:
    """A group, though it has one command."""


@app.command("serve")
def serve(
    public_url: Annotated[
        str,
        typer.Option(help="Where hubs reach this server, such as https://crawler.example/websub (a proxy of yours)."),
    ],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes any.", min=0, max=65_535)] = 8090,
) -> None:
    """Subscribe the feeds that name a hub, and make a feed due as soon as its hub says that it changed. Runs until interrupted."""
    from etl.errors import SettingError
    from etl.stages.live.hubs import serve
    from etl.websub.subscription import is_public_callback

    if not is_public_callback(public_url):
        raise SettingError(f"--public-url {public_url}: give a web address without ? and #")
    kept = "subscriptions last until their lease ends; until this runs again feeds are asked by their rhythm alone"
    with stopping.tidily(kept):
        serve(settings_module.load(), host=host, port=port, callback=public_url, say=output.note)
