# Hands in JSON that is nested deeper than parsers go.
# wins: upset
# control: stock
# change: nest_deeply
# expect: batch_norm_inference=0
# unreadable: yes

# %% after="given_imports"
done()
