"""The CSV tables of a folder and their provenance.

column            the kinds of columns, and how a cell is written and read
study_schema      the columns, keys and required metrics of each table
timing_schema     the same for the tables of the benchmarks; the names of the rows that time a study
csv_io            reads and writes a table
table_file        the file of a table, compressed or not
integrity         checks the tables of a folder against each other and the provenance
provenance        provenance.json: machine, versions, commit, command, settings
earlier_sessions  earlier sessions of the benchmarks, in `sessions/` of their folder
scaling_rows      the rows of scaling.csv, which several commands extend
study_metadata    the settings of a study in the provenance
json_shape        checks the shape of nested JSON
atomic_write      writes files atomically; checks output folders
"""
