"""The whole system on one machine: AWS emulator, exchange server, deployment, demo and system tests."""
