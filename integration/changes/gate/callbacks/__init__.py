"""How each kind of waiter is answered. Every answer may be sent again: that one is done already counts as delivered.

A callback returns `DELIVERED`, or `GONE` where nobody waits any more; it raises `RemoteError` where it must be tried
again.
"""

DELIVERED, GONE = "delivered", "gone"
