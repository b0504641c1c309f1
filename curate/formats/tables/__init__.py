"""Tables with a row per recording, and the neutral manifest."""
