"""The trained models that a study keeps in its folder.

kept_models    which there are, which is the best, and a model from its file
unknown_units  a line on the units of sources that a model does not know
predict        `predict`: the predictions of a model
align          `align`: heat maps of chosen examples
"""
