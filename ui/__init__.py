"""The users' room: command line, chat window and HTTP interface."""

import os

# Gradio reads it when it is imported; without it every start looks up an outside host.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
