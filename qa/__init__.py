"""The questions' room: a question enters, an answer with its query, rows and sources leaves."""
