"""Training on photographs of faces: sources, packs, augmentation on the device, and the whole training."""
