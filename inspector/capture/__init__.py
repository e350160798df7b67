"""Capture files, and live capture: the only room besides the lab that opens sockets, processes and captured files."""
