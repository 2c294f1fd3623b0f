"""The loaders' room: source files enter, checked records leave for the graph."""
