"""How a terminal starts a command, whatever started the tests: nohup and a shell's `&` leave signals ignored."""

AS_IN_A_TERMINAL = ("env", "--default-signal=INT,HUP")
