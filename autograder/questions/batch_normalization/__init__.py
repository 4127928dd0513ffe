"""Questions of assignment 04."""
