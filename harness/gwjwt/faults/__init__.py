"""The catalogue of wrong implementations, and the matrix that shows which scenario catches which."""
