"""Arrays -> charts, figures, pictures and downloads."""
