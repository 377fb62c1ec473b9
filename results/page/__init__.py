"""A report as files: Markdown, HTML and figures.

elements        Answer, Section, Table, Figure, Page; the anchors of a page, the file names of figures
grid            how the columns of a table are set
provenance      the facts of a provenance part, and the command that repeats it
render          writes figures/ and the pages as NAME.md and NAME.html from the elements
text            an answer as lines for a terminal
earlier_report  finds and removes the files of an earlier report
templates/      Jinja templates, style sheet and script of the pages
"""
