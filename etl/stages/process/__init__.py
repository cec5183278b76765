"""From captures to rows: the steps that live runs, fills, ingests, replays and reprocessing share.

adopt           copies files from outside into the lake
purge           removes erased pages from such files before they are read
recording       announces a segment, puts it into the lake, and records it
open_work       finds and loads what is in the lake but not loaded
ingest          loads an archive in batches, on all cores
extract_load    a WARC → a silver file → rows; moves each article as a whole to the current rules version
observe         a capture → an observation
page_reading    a capture → the values of its page
revisits        finds the record that a revisit refers to
relate          assigns articles to stories
lake_audit      checks that each capture of the lake is loaded, rejected, open work, or deleted for a known reason
replay          processes rejected captures again
reprocess       extracts the captures of whole days again, with the current rules
pool            worker processes, for work on all cores
"""
