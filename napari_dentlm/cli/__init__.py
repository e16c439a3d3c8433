"""The command ``dentlm``: one module per command, heavy imports inside the command."""
