"""What a network is made of: values between layers, layers and what they cost, receptive fields, symmetries."""
