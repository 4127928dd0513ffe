# Everything right, in the master's words.
# expect: predicted_second_moment=4 fan_in_and_fan_out=3 calculate_gain=3 xavier_init=4
# expect: kaiming_init=5 truncated_normal=4 orthogonal=5 init_module=6
# expect: dirac=4 sparse=4

# %% solution="the rest"
