"""The hooks by which pipelines ask the gate."""
