"""A pytest session that measures: what is measured, and how its rows reach the tables.

profiles         smoke, quick and full: sizes of the cases and limits of the rounds
rows             a case, a measurement, and the rows that they become
compare          the fixture of the suites: measures one candidate of one case
command          the command that measures the same rows
kind             what a session measures, for the folder that holds its rows
own_data         the task that a session measures
study            the configurations of the study that a session times
on_request       the fixture of a session that another process drives
journal          the finished rows of a session, on disk, so that an interrupted session can be resumed
plugin           the session as a pytest plugin: resumes, reports, writes the tables
eta              the time that is left, printed between the tests
"""
