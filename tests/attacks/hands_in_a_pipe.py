# Hands in a pipe in place of a notebook: whoever reads it waits for ever.
# wins: upset
# control: stock
# change: hand_in_a_pipe
# expect: batch_norm_inference=0
# unreadable: yes

# %% after="given_imports"
done()
