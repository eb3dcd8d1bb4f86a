"""A small service tree to try things on: one good resource, one with faults in it, one that DaCHS cannot load."""
