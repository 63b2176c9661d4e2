"""What pages share. With screens/ and app.py the only code that imports streamlit."""
