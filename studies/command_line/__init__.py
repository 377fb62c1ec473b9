"""The commands of studies on the command line, with Click. What they do is in `studies.commands` and `studies.models`.

cli             all commands as one command line, which is `python -m studies`
study_commands  list, show, run, work, status, overhead, scaling-runs
model_commands  align, predict
file_commands   describe, new, check-parts
command         errors as exit statuses; a request from the options
arguments       the arguments that several commands have
command_words   a typed command as the provenance records it, and as the user can repeat it
"""
