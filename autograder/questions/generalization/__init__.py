"""Questions of assignment 01."""
