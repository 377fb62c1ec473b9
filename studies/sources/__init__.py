"""Where a study comes from: the catalog, a file anywhere on disk, a module, or an installed package.

code      the files of a study outside this project, and a hash of each
source    from what the user names to the study and its code
"""
