"""What all command lines share.

command_line  the parser, types of arguments, and errors as exit statuses
process       exit statuses, standard streams and signals
progress      progress bars
"""
