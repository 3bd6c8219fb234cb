"""The scripts that run inside the instance: ES5, because rules made over the Table API run in ES5 mode."""
