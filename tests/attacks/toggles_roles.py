# Turns every cell into the opposite of what it is.
# wins: upset
# control: stock
# change: toggle_roles

# %% answer="batch_norm_forward"
def batch_norm_forward(*a, **k):
    return 0
