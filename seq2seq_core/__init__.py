"""The model: from a config to a trained and scored network. It stands on torch, editdistance and the stdlib."""
