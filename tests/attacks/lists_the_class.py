# Lists who has handed in.
# wins: canary
# control: stock

# %% after="given_imports"
import os

prove(str(os.listdir("<grading>/submitted")))
