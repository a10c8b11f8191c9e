"""A call again: its recording through the engine of today, or through another flow."""
