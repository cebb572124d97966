"""A large model to every SuperNode and back: what messages cost."""
