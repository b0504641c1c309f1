"""Find and cut: `scan`, `strip_voice`, `trim`, `dedupe`, `render`, and what they are made of."""
