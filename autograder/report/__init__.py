"""The class report: pages that need nothing else to be read, one per assignment, one per student, one for the whole.

records.py reads what is stored, figures.py counts, similar.py compares answers, anonymous.py takes the names away,
pages.py writes. Points come from the gradebook alone; what was wrong comes from what grading noted down beside it.
"""
