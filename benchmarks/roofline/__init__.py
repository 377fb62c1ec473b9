"""The roofline model: the fraction of the peak rates of the machine that a case reaches.

S. Williams, A. Waterman and D. Patterson, "Roofline: an insightful visual performance model for multicore
architectures", Communications of the ACM 52(4), 2009.

work             the least work of scores, encoders, decoders and models, and the fraction of peak that a time means
peaks            the highest rates that torch reaches on this machine
"""
