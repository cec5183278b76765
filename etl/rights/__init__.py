"""What publishers state about the use of a page, what follows from it, and what the operator's policy makes of it. Pure.

What was said, in the order in which a capture comes by it:

    `robots_tag`, `usage`, `tdm`, `rsl`, `licenses`   one norm each: from its notation to uses that are denied or granted
    `evidence`    what files of the site said, as strings of the capture's metadata record in WARC, and back
    `verdict`     evidence, headers and head of a page → statements, and yes, no or unknown for each use
    `policy`      the operator's file: what a no and an unknown do
    `payment`     the price in an answer 402

The same function reads a live answer, a record of an archive and a page that is extracted again, and what it needs is in
the WARC file: so all three give the same verdict.
"""
