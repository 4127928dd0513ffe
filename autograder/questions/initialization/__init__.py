"""Questions of assignment 05."""
