"""What each command of studies does, such as `retrograde run`.

cli            the commands on the command line, with their options and help; errors become exit statuses
arguments      the arguments that several commands have
command_words  a typed command as the provenance records it, and as the user can repeat it
request        what a command asks for; kept in the storage for other machines and for `status`
output_folder  the default folder of a request, and what a folder may hold
own_data       the user's own pairs: options as settings, and the lines that the commands show
listing        `list`, and the settings that `--set help` prints
show           `show`
run            `run`, `work` and `status`
run_result     what `run` prints when it ends
status         the lines that `status` prints
export         tables and provenance from a storage
align          `align`: heat maps of chosen examples from kept models
predict        `predict`: the predictions of a kept model
kept_models    the models that a study keeps in its folder, and the best of them
describe       `describe`: updates the descriptions of a study in recorded rows
overhead       `overhead`: how much time the engine adds to the bare training
"""
