"""Pages of docs/ that are written from the code: each module prints or writes one."""
