"""The results of a walk while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from etl.fetch.address import is_loopback_host
from etl.fetch.robots_store import StoredRobots
from etl.probe.addresses import host_of
from etl.probe.findings import ProbedDocument, Wall
from etl.probe.front import Front, same_site
from etl.probe.samples import SampleRead
from etl.probe.systems import Recognized

# A feed that has had nothing for so long was left behind when the site moved on: the newest entry of the feeds of 180
# publishers was at most a week old, where they were in use.
SILENT = timedelta(days=90)


@dataclass(slots=True)
class Seen:
    """The results of a walk so far."""

    asked: str
    now: datetime
    front: Front = field(default_factory=lambda: Front(url=""))
    homepage: str = ""
    robots: StoredRobots | None = None
    rights: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)  # host → why
    system: Recognized | None = None
    feeds: list[ProbedDocument] = field(default_factory=list)
    sitemaps: list[ProbedDocument] = field(default_factory=list)
    sections: list[ProbedDocument] = field(default_factory=list)
    read: list[SampleRead] = field(default_factory=list)
    date_archive: str | None = None
    front_wall: Wall | None = None  # set where the front page itself is a challenge, a form or a notice
    untried: int = 0  # feeds beyond the limit of requests
    walls: list[tuple[Wall, str]] = field(default_factory=list)  # before the front page
    hops: list[str] = field(default_factory=list)  # where the front page was found after redirects

    def owns(self, url: str) -> bool:
        """True for a URL of the site, as far as it is known."""
        return same_site(url, self.homepage) or host_of(url).removeprefix("www.") in self.aliases

    @property
    def silent_before(self) -> datetime | None:
        """What is older is of a site that is asleep; None for sites of this machine, where time may stand still."""
        return None if is_loopback_host(host_of(self.homepage)) else self.now - SILENT
