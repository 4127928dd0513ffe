"""Questions of assignment 06."""
