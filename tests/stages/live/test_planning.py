"""Batches of sources: every source once, shared hosts together, never more batches than asked."""

from hypothesis import given
from hypothesis import strategies as st

from etl.sources.source import Source
from etl.stages.live.crawling import host_of
from etl.stages.live.plan import batched

hosts = st.integers(1, 12).map(lambda n: f"127.0.0.{n}:8000")


@st.composite
def registries(draw: st.DrawFn) -> list[Source]:
    n = draw(st.integers(1, 12))
    return [
        Source(
            key=f"s{i}",
            name=f"Source {i}",
            homepage=f"http://{draw(hosts)}/",
            feeds=(f"http://{draw(hosts)}/rss",),
            aliases=tuple(draw(st.lists(hosts, max_size=1))),
        )
        for i in range(n)
    ]


def hosts_of(source: Source) -> set[str]:
    return {host_of(source.homepage), *(host_of(f) for f in source.feeds), *source.aliases}


@given(registries(), st.integers(1, 6))
def test_every_source_is_in_one_batch_with_all_that_share_a_host(sources, most):
    batches = batched(sources, most=most)
    assert sorted(key for batch in batches for key in batch) == sorted(s.key for s in sources)
    assert 0 < len(batches) <= most and all(batches)
    batch_of = {key: n for n, batch in enumerate(batches) for key in batch}
    for a in sources:
        for b in sources:
            if hosts_of(a) & hosts_of(b):
                assert batch_of[a.key] == batch_of[b.key]


@given(registries(), st.randoms())
def test_batches_do_not_depend_on_the_order_of_the_registry(sources, random):
    shuffled = random.sample(sources, len(sources))
    assert batched(shuffled, most=4) == batched(sources, most=4)
