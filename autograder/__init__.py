"""Questions, reference kernels and trusted grading for the course Training Neural Networks."""
