# Handed in as it was released.
# expect: predicted_second_moment=0 fan_in_and_fan_out=0 calculate_gain=0 xavier_init=0
# expect: kaiming_init=0 truncated_normal=0 orthogonal=0 init_module=0
# expect: dirac=0 sparse=0
