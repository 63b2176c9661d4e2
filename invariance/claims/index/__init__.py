"""What each source document holds, figure by figure, and where the app shows it."""
