"""Questions of assignment 02."""
