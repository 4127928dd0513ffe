# Hands in a link to somebody else's notebook.
# wins: points
# control: stock
# change: link_the_notebook
# expect: batch_norm_inference=0
# unreadable: yes

# %% after="given_imports"
done()
