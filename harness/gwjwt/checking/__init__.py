"""What the policies in a folder let through: read, brought onto the embedded gateway, asked with real requests."""
