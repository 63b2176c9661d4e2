"""What a network is made of, as pages show it: layers, kernels, maps, layer errors, evidence."""
