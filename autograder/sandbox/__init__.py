"""The small runtime that shares a process with student code: no questions, no references, no secrets."""
