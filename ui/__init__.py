"""The users' room: command line, chat window and HTTP interface."""
