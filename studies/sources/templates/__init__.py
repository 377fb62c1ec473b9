"""What `retrograde new KIND FILE` writes. Each file runs as it is; FILE becomes the name of the new file.

study  a study with the parts of this project
score  an attention score, and a study that compares it
cell   a recurrent cell, and a study that compares it
task   a task, and a study of it
"""
