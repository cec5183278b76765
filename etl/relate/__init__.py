"""Stories: near-duplicate articles, found by sampled keys, verified on their texts, joined into components.

    text ─keys→ candidates (bucket rule) ─verify→ edges ─components→ stories ─primary→ the story's primary article

Everything here is pure; the warehouse and `news-etl cluster` call the same functions.
"""

from etl.relate.agencies import is_own_site, own_sites, syndicated_from
from etl.relate.candidates import candidate_pairs
from etl.relate.components import Edge, StoryMembers, components, digests, label, split_component
from etl.relate.keys import keys, keys_of_many
from etl.relate.member import Member, NoPartReason, rank, takes_part
from etl.relate.primary import primary
from etl.relate.rules import BUCKET, RELATE_VERSION
from etl.relate.signatures import Signature, Signatures, signature, signatures_of_many
from etl.relate.verify import PairScores, Scores, compare, compare_pairs

__all__ = [
    "BUCKET",
    "RELATE_VERSION",
    "Edge",
    "Member",
    "NoPartReason",
    "PairScores",
    "Scores",
    "Signature",
    "Signatures",
    "StoryMembers",
    "candidate_pairs",
    "compare",
    "compare_pairs",
    "components",
    "digests",
    "is_own_site",
    "keys",
    "keys_of_many",
    "label",
    "own_sites",
    "primary",
    "rank",
    "signature",
    "signatures_of_many",
    "split_component",
    "syndicated_from",
    "takes_part",
]
