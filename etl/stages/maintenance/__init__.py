"""Maintenance of lake and warehouse.

compact          merges small WARC files of past days
retain           deletes raw pages past their source's retention period
expired_records  finds those pages in the lake
erase            deletes a page or a source for good
verify_erasure   searches everything that is stored for words
rebuild          rebuilds a warehouse from the lake alone
silver_files     deletes silver files that are no longer needed
"""
