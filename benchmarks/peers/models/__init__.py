"""The models that ours is compared with, with the sizes of ours.

joey             joeynmt's recurrent model
eole             a model made of eole's recurrent modules
step_by_step     our decoder on the path without a kernel for its score
"""
