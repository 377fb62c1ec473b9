"""What came out: tables, provenance, intervals, figures, reports.

A report is a pure function of a folder of rows.
"""
