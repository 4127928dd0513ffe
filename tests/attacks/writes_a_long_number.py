# Hands in a number that takes for ever to read.
# wins: upset
# control: stock
# change: write_a_long_number
# expect: batch_norm_inference=0
# unreadable: yes

# %% after="given_imports"
done()
