#!/usr/bin/env python3
"""Puts the parts beside this file into a DOCX whose styles pandoc takes over; the same parts give the same bytes.
usage: make.py OUT"""
import pathlib
import sys
import zipfile

PARTS = {"[Content_Types].xml": "content-types.xml", "_rels/.rels": "relationships.xml",
         "word/_rels/document.xml.rels": "document-relationships.xml", "word/theme/theme1.xml": "theme1.xml",
         **{f"word/{name}.xml": f"{name}.xml" for name in ("document", "styles", "settings", "fontTable", "footer1")}}

here = pathlib.Path(__file__).parent
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive:
    for name, part in PARTS.items():
        archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), (here / part).read_bytes(), zipfile.ZIP_DEFLATED)
