"""The trained models that a study keeps in its folder.

kept_models  which there are, which is the best, and a model from its file
predict      `predict`: the predictions of a model
align        `align`: heat maps of chosen examples
"""
