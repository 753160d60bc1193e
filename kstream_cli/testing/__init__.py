"""Testing a topology without a broker."""
