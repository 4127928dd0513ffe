"""Questions of assignment 08."""
