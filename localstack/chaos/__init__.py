"""Chaos test: simulated days through the deployed functions, undisturbed and with kills and repeated deliveries."""
