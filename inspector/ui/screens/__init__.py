"""What fills the terminal: home, the inspection of a capture, and the windows before them (help, go to)."""
