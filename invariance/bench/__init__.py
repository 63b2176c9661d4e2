"""A test bench for operators: laws, verdicts, counterexamples, impulse responses, and matrices that follow shifts."""
