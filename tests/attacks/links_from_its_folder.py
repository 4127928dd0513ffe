# Makes links in its own folder, and reads what they lead to.
# wins: canary
# control: stock

# %% after="given_imports"
import os

for link in (os.symlink, os.link):
    try:
        link("<grading>/secret", f"{link.__name__}")
        prove(open(link.__name__).read())
    except OSError as error:
        print(error)
