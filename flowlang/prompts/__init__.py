"""What a call plays and what it leaves behind: prompt files, the voice for `say`, recordings."""
