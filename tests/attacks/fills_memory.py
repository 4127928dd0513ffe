# Takes more memory than it may, up to 2.4 GiB.
# wins: deed
# control: stock

# %% after="given_imports"
keep = []
for _ in range(24):
    keep.append(np.ones(2**27 // 10))
    keep[-1] += 1
done()
del keep
