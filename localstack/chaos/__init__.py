"""The chaos test: a year of days through the deployed functions, once undisturbed and once with kills and doubled deliveries."""
