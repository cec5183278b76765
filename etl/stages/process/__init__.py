"""From captures to rows: the way that live runs, fills, files, replays and reprocessing share.

adopt           files of others become captures in the lake
purge           erased pages leave files before they are read
recording       a segment is announced, put into the lake, and recorded
open_work       what is in the lake and not loaded is found and taken
ingest          an archive in batches, on all cores
extract_load    a WARC to a silver file to rows, and articles whole under the rules of today
observe         a capture to an observation
page_reading    a capture to what its page says
revisits        the record that a revisit stands for
relate          articles into stories
lake_audit      each capture of the lake is loaded, rejected, open work, or gone for a reason
replay          rejected captures again
reprocess       the captures of whole days again, under other rules
pool            processes for work on all cores
"""
