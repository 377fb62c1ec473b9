"""What the commands of studies do, such as `retrograde run`; their options are in `studies.command_line`.

request        what a command asks for; kept in the storage for other machines and for `status`
values         settings, arms and seeds as the user writes them
output_folder  the default folder of a request
held_runs      the runs that a folder holds, and whether they are those of a request
listing        `list`, and the settings that `--set help` prints
show           `show`
run            `run`, `work` and `status`
pools          the workers of these: processes on this machine, or the nodes of a cluster
status         the lines that `status` prints
export         tables and provenance from a storage
describe       `describe`: updates the descriptions of a study in recorded rows
scaling        `scaling-runs`: how the time of a study grows with its runs, and that of a report with its rows
overhead       `overhead`: how much time the engine adds to the bare training
"""
