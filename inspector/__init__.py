"""Stack Inspector: reads network captures and explains every byte, from the Ethernet address to the WebSocket text."""

__version__ = "0.1.0"
