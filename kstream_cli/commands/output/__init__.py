"""What commands write: text, colours, pictures and error messages."""
