"""What all command lines share.

command_line  Click: commands, options, types of arguments, and errors as exit statuses
process       exit statuses, standard streams and signals
progress      progress bars
"""
