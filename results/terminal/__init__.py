"""What all command lines share.

command_line  Click: commands, options, types of arguments, and errors as exit statuses
output        the result of a command as text or as JSON
process       exit statuses, standard streams and signals
progress      progress bars
folder_lock   one command at a time in an output folder
"""
