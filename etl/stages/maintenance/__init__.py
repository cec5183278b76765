"""What becomes of what is kept.

compact          small WARC files of past days are merged
retain           raw pages past their source's retention period are deleted
expired_records  where those lie in the lake
erase            a page or a source is removed for good
verify_erasure   everything that is stored is searched for words
rebuild          a warehouse from the lake alone
silver_files     silver files that nothing needs any more
"""
