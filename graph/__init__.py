"""The graph's room: schema, engine, store, guard and exports; it knows nothing of loaders, questions or windows."""
