"""A small newsroom on the loopback network: invented articles, real HTTP, and one page for each difficulty.

Demonstrations and end-to-end tests fetch from it. Its content is data (`seeds/sample_site`), its bytes depend only on
the day it plays (1 or 2) and on its port.

    content    the pages and sites, read from their files
    themes     a page and its site → HTML
    listings   feeds, sitemaps, fronts, robots.txt
    answers    everything that can be asked for, as bytes
    server     serves it, and logs all requests
    manifest   the expected result of a pipeline for each page
"""
