#!/usr/bin/env bash
# python-dwca-reader overwrites a column of a Darwin Core archive with its default when it reads a table into pandas.
#
# In meta.xml a field may have a column and a default, which counts where a cell is empty (Darwin Core Text Guide). Iterated
# row by row, the library reads so. Its `pd_read`, for larger archives, gives the default to all rows.
#
# Versions: python-dwca-reader 0.17.1, pandas 3.0, Python 3.11.
# Seen:     an occurrence table whose `sex` is empty, male and female, default "unknown": rows have unknown, male, female;
#           pd_read has unknown three times.
# Ends with an error if that has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet python-dwca-reader==0.17.1 'pandas==3.0.*'
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import zipfile

from dwca.read import DwCAReader

TERMS = "http://rs.tdwg.org/dwc/terms/"
META = f"""<?xml version="1.0" encoding="UTF-8"?>
<archive xmlns="http://rs.tdwg.org/dwc/text/">
  <core encoding="UTF-8" fieldsTerminatedBy="," linesTerminatedBy="\\n" fieldsEnclosedBy='"' ignoreHeaderLines="1"
        rowType="{TERMS}Occurrence">
    <files><location>occurrence.csv</location></files>
    <id index="0"/>
    <field index="1" term="{TERMS}scientificName"/>
    <field index="2" default="unknown" term="{TERMS}sex"/>
  </core>
</archive>
"""
with zipfile.ZipFile("archive.zip", "w") as archive:
    archive.writestr("meta.xml", META)
    archive.writestr("occurrence.csv", "id,scientificName,sex\n1,Strix aluco,\n2,Strix aluco,male\n3,Otus scops,female\n")
with DwCAReader("archive.zip") as archive:
    rows = [row.data[f"{TERMS}sex"] for row in archive]
    table = archive.pd_read("occurrence.csv")["sex"].tolist()
print("rows", rows, "pd_read", table)
assert rows == ["unknown", "male", "female"]
assert table == ["unknown"] * 3, "the cells are kept now"
PYTHON
