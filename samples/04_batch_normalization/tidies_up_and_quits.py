# Calls exit() after the fourth question and deletes an answer that was right: what comes later still counts.
# expect: batch_norm_forward=5 update_running_stats=4 batch_norm_inference=5 fold_batch_norm=5
# expect: group_norm=4 zca_whiten=0 batch_norm_backward=6 layer_norm=6

# %% after="graded_fold_batch_norm"
exit()

# %% after="answer_zca_whiten"
del zca_whiten

# %% solution="the rest"
