# Handed in as it was released.
# expect: batch_norm_forward=0 update_running_stats=0 batch_norm_inference=0 fold_batch_norm=0
# expect: group_norm=0 zca_whiten=0 batch_norm_backward=0 layer_norm=0
