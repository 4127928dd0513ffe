# Makes the gradebook unreadable for its owner.
# wins: file
# control: stock

# %% after="given_imports"
import os

os.chmod("<grading>/gradebook.db", 0)
