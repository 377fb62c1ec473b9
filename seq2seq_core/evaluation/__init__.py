"""How good a trained model is, on examples that it was not trained on.

metrics     Levenshtein accuracy and exact match of a prediction, and their means
evaluate    the loss and the metrics of a model over a set of examples
predict     the predictions for given sources
alignment   where a model with attention looks: single examples, means, and the share on the expected alignment
"""
