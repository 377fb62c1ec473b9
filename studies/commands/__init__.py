"""What each subcommand of `python -m studies` does.

cli          dispatches a parsed command line; errors become exit statuses
arguments    the parser: subcommands, options, help
request      what a command asks for; kept in the storage for other machines and for `status`
listing      `list` and `show`
run          `run`, `work` and `status`
status       the lines that `status` prints
export       tables and provenance from a storage
align        `align`: heat maps of chosen examples from kept models
describe     `describe`: updates the descriptions of a study in recorded rows
overhead     `overhead`: how much time the engine adds to the bare training
"""
