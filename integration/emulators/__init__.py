"""The foreign systems, emulated over HTTP, and the kit they stand on; nothing here imports what talks to them."""
