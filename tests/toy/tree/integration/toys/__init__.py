"""A toy that shows what an integration is made of: a group whose name begins with Toy gets one incident."""
