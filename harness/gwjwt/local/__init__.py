"""What the suite runs on this machine: processes, servers, ports; and that nothing of it stays."""
