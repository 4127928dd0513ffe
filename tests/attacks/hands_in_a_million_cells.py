# Hands in more cells than anybody has written.
# wins: upset
# control: stock
# change: add_a_million_cells
# expect: batch_norm_inference=0
# unreadable: yes

# %% after="given_imports"
done()
