"""What may differ between two snapshots of a data centre: one comparison per file, found by being there."""
