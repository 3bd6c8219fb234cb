"""When somebody looks next, as pure functions: for passes, which say it, and for polls, which tell it.

Times are epoch seconds. A message that failed comes back by itself, so nothing else is sent for its record meanwhile.
"""

from __future__ import annotations

COMES_BACK_S = 3600.0
"""A message that failed is back long before this, and then says anew when somebody must look."""
REPEAT_S, DAY_S = 900.0, 86_400.0
"""What was told and still stands as it was is told once more after the one, then after the other each time."""
ANNOUNCED_S = DAY_S + 3600.0
"""Until then a record nothing stands in the table about is told again."""
SWEEP_EVERY_S = 1.0
"""A sweep that finds nothing makes six calls, one that is a whole pass thirteen: after an upgrade all may be such."""
SWEEPS_WITHIN_S, ROOM_S = 600.0, 60.0
"""Even where thousands are due at once they begin within the one; a minute of it is kept for those that follow."""
LOOK_AGAIN_S = 30.0


def repeats(first: float, last: float, now: float) -> bool:
    """Whether what was told first and last at these times is told once more, since its messages may have been lost.

    A day leaves two messages of it, whatever becomes of those: nobody can tell a lost one from one that nobody takes.
    """
    return now - last >= (DAY_S if last > first else REPEAT_S)


def paced(now: float, taken_until: float, count: int) -> tuple[list[int], float]:
    """In how many whole seconds each of so many sweeps begins, behind those before; until when that takes."""
    begin = min(max(0.0, taken_until - now), SWEEPS_WITHIN_S - ROOM_S)
    every = min(SWEEP_EVERY_S, (SWEEPS_WITHIN_S - begin) / max(count, 1))
    return [int(begin + number * every) for number in range(count)], now + begin + count * every


def look_again_s(age: float) -> float:
    """After how long to look again at what has been waiting for `age`: soon at first, for hours no more than rarely."""
    return max(LOOK_AGAIN_S, age / 2)
