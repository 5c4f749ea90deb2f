"""The loader that tunes itself: workers, the flow of batches, what is measured, and what is decided from it."""
