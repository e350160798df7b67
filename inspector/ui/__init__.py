"""The window: Textual screens and widgets over a session. The only room that imports textual and rich."""
