"""Questions of assignment 03."""
