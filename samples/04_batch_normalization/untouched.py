# Handed in as it was released.
# expect: batch_norm_forward=0 batch_norm_inference=0
