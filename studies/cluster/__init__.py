"""Trains a plan on the nodes of a Dask cluster. Only the driver, the process of the command, opens the storage.

connection   a running scheduler, or one that dask-jobqueue starts; TLS
nodes        which workers of the cluster can be used: those with the same code and versions
node         what runs on a node: its description, and a part of a run
pool         the runs on the nodes: handed out, reported, stored, and given to another node if one is lost
"""
