"""The panes of the window and what they are made of. Each draws one selection and says when another is chosen."""
