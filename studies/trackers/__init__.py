"""Trackers of trainings, for studies and for `train(..., trackers=[...])`. Nothing else reads what they write.

names        the trackers that a command can name, and what each needs
tensorboard  event files for TensorBoard
mlflow       runs of MLflow, in a SQLite file or on a server
"""
