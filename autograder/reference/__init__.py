"""Reference kernels in float64: one module per topic, NumPy only."""
