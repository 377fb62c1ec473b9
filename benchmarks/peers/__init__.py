"""How fast beside others: the same work done by other libraries, in an environment of their own (`nox -s peers`)."""
