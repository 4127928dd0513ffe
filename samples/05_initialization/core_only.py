# All core questions right, the optional ones not begun.
# expect: predicted_second_moment=4 fan_in_and_fan_out=3 calculate_gain=3 xavier_init=4
# expect: kaiming_init=5 truncated_normal=4 orthogonal=5 init_module=6
# expect: dirac=0 sparse=0

# %% solution="predicted_second_moment"

# %% solution="fan_in_and_fan_out"

# %% solution="calculate_gain"

# %% solution="xavier_init"

# %% solution="kaiming_init"

# %% solution="truncated_normal"

# %% solution="orthogonal"

# %% solution="init_module"
