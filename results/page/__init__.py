"""A report as files: Markdown, HTML and figures.

elements        Answer, Section, Table, Figure, and the anchors that links lead to
provenance      the facts of a provenance part, and the command that repeats it
render          writes figures/, report.md and report.html from the elements
earlier_report  finds and removes the files of an earlier report
templates/      Jinja templates, style sheet and script of the page
"""
