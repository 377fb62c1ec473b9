"""Where a study comes from: the catalog, a file anywhere on disk, a module, or an installed package.

code      the files of a study outside this project, and a hash of each
kept_code  the copies of these files in an output folder
wording   whether a study's files differ from the copies only in words
source    from what the user names to the study and its code
check_parts  `retrograde check-parts`: the conformance checks of the parts of a file
new_file  `retrograde new`: a commented file to begin with
templates/  these files
"""
