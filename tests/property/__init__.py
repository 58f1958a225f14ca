"""Random programs compared between tiers and with PyTorch."""
