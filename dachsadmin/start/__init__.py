"""Working resource descriptors, made from the operator's own files or tables."""
