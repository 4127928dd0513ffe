# Opens the gradebook as the database that it is.
# wins: canary
# control: stock

# %% after="given_imports"
import sqlite3

book = sqlite3.connect("file:<grading>/gradebook.db?mode=ro", uri=True)
prove(str(book.execute("select * from student").fetchall()))
