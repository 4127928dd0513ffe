# Asks how large the gradebook is and when it was written.
# wins: deed
# control: stock
# exception: stat answers for every path: sizes and times are no secrets of the course, and imports need it

# %% after="given_imports"
import os

if os.stat("<grading>/gradebook.db").st_size:
    done()
