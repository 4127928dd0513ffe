# A bracket is missing in one answer, and a colon in another; the others are right.
# expect: predicted_second_moment=4 fan_in_and_fan_out=3 calculate_gain=3 xavier_init=4
# expect: kaiming_init=0 truncated_normal=4 orthogonal=5 init_module=6
# expect: dirac=0 sparse=4

# %% answer="kaiming_init"
def kaiming_init(shape, rng, a=0.0, mode="fan_in"):
    fan = shape[1] * math.prod(shape[2:]
    return rng.normal(0, math.sqrt(2 / fan), size=shape)

# %% answer="dirac"
def dirac(shape, groups=1)
    return np.zeros(shape)

# %% solution="the rest"
