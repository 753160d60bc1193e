"""How long a killed instance's tasks stand still, with standby copies and without."""
