"""What the commands of studies do, such as `retrograde run`; their options are in `studies.command_line`.

request        what a command asks for: a study, a profile and settings
values         settings, arms and seeds as the user writes them
output_folder  the default folder of a request
saved_request  the requests that a storage holds, for `run` in the same folder, for other machines and for `status`
held_runs      the runs that a folder holds, and whether they are those of a request
listing        `list`, and the settings that `--set help` prints
show           `show`
run            `run`, `work` and `status`
pools          the workers of these: processes on this machine, or the nodes of a cluster
status         the lines that `status` prints
export         tables and provenance from a storage
describe       `describe`: updates the descriptions of a study in recorded rows
"""
