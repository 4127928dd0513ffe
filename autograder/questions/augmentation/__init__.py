"""Questions of assignment 07."""
