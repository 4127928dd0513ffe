"""Questions of assignment 09."""
