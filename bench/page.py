# ruff: noqa: E501, RUF001 - a page: a sentence a line, with the signs of a page
"""Writes docs/performance.md: the figures of the last whole run, with what they mean."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from bench.burst import AIM as BURST_AIM
from bench.burst import LIVE_P95_S, PARALLEL
from bench.cold import AIM as COLD_AIM
from bench.conditions import AWS_S, SERVICENOW_S
from bench.crossings import AIM as CROSSINGS_AIM
from bench.gate import AIM_P95_S
from bench.growth import ITEM_AIM_BYTES
from bench.money import Assumed
from bench.pictured import NOISE
from bench.workspace_load import AIM as TOGETHER_AIM
from bench.workspaces import PAGE_S
from integration.cases.poll_sources import PAGES_MOST
from integration.constants import LAMBDA_MEMORY_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.figures import Figures

_GONE = "Not measured in this run; the reason stands above.\n"
PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"


def write(found: Figures) -> None:
    PAGE.write_text(text(found), encoding="utf-8")


def text(found: Figures) -> str:
    sections = [
        ("Calls per piece of work", found.rows, _rows), ("Floors", found.rows, _floors),
        ("Growth: comments", found.grown, _comments), ("Growth: closed cases", found.polled, _polls),
        ("Bursts", found.bursts, _bursts), ("At the gate", found.gated, _gate), ("Workspaces", found.acted, _workspaces), ("Workspaces at once", found.together, _together),
        ("Cold starts", found.starts, _starts), ("Memory", found.peaks, _peaks),
        ("Money", found.rows, _money), ("Following a pass", found.crossings, _crossings),
    ]  # fmt: skip
    written = (f"## {title}\n\n{write(found) if there else _GONE}" for title, there, write in sections)
    return "\n".join([_intro(found), *written])


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(str(cell) for cell in row)} |" for row in rows)])


def _verdict(met: bool) -> str:
    return "met" if met else "**missed**"


def _intro(found: Figures) -> str:
    return f"""# Performance

Measured on {found.at} by `make bench` in {sum(found.took_s.values()) // 60} minutes, on {os.cpu_count()} processors whose load before was {found.load:g}.
Single parts: `make bench ARGS="--only rows"`; the counts alone, in a minute: `make bench ARGS=--quick`. Neither writes this page.
Everything here ran on the local system: the functions as they are deployed, both services emulated,
{SERVICENOW_S * 1000:g} ms injected into every ServiceNow call and {AWS_S * 1000:g} ms into every AWS call of a function.
Counts are exact and asserted in `tests/e2e/test_budget.py`; what was decided for speed stands in [speed](decisions/speed.md).
What the change of a pipeline costs, call by call, stands in [changes](changes/README.md#what-it-costs): 11 calls to ServiceNow for a normal one and 8 for a standard one,
one more for each look and file; `tests/contract/changes/test_runs_over_http.py` counts them.
Times belong to the machine they were taken on, which here runs some fifteen processes beside the functions, so they are worth something as ratios only.
A picture changes only where a figure moved by more than its noise: calls by any, seconds by {NOISE:.0%}; [its figures](performance.json).
{_told_missing(found)}"""


def _told_missing(found: Figures) -> str:
    return "".join(f"\n**Part `{name}` could not be measured**: {why}\n" for name, why in found.missing.items())


def _rows(found: Figures) -> str:
    head = ("work", "Security IR", "other AWS", "ServiceNow (inner)", "aim: AWS + ServiceNow", "", "floor", "ratio",
            "lag s", "floor s", "the published sample")  # fmt: skip
    rows = [
        (
            m.row.name, f"{m.counts.security_ir / m.per:g}", f"{m.counts.other_aws / m.per:g}",
            f"{m.counts.servicenow / m.per:g} ({m.counts.inner / m.per:g})", f"{m.row.aim.aws} + {m.row.aim.servicenow}",
            _verdict(m.met), m.row.floor.total, f"{m.ratio:.2f}", _seconds(m.lag_s), _seconds(m.floor_s), m.row.sample,
        )
        for m in found.rows
    ]  # fmt: skip
    return f"""One event, warm functions, its echo counted apart. AWS counts are all calls the functions make, to DynamoDB, EventBridge, SSM, Secrets Manager, S3, KMS and SQS.
A batch is one ServiceNow call; its inner requests stand in brackets. The bytes of a file, one presigned URL each way, are not counted as a call.

![Calls per piece of work](images/performance-calls.svg)

{_table(head, rows)}

The lag is from the end of the edit to its being seen on the other side; for what starts in ServiceNow it holds the business rule's own delay of 0.2 s, for an AWS attachment the scan's second.
An echo that meets its own pass still under way costs more: a mark, and a second look by the pass.
Sweeps that fall due together begin a second apart: 500 unchanged links add at most 20 calls in any second, also where each is a whole pass, as the first after an upgrade are (`tests/unit/cases/test_paced.py`).
"""


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _floors(found: Figures) -> str:
    rows = [(m.row.name, f"{m.row.floor.aws} + {m.row.floor.servicenow}", m.row.floor_of) for m in found.rows]
    return f"""The least number of calls the two APIs allow an integration that loses nothing and doubles nothing.
What an event does not tell must be read: native events name the case and nothing else, GetCase holds no comments, a business rule sends ids.
What is written must be written. And since neither API writes conditionally, a pass must hold a claim, must announce what may land after its death, and must record what it did: one write each.

{_table(("work", "AWS + ServiceNow", "calls nobody can leave out"), rows)}
"""


def _comments(found: Figures) -> str:
    grown = [(g.comments, g.servicenow, g.table, g.security_ir, g.link_bytes) for g in found.grown]
    small = all(g.link_bytes < ITEM_AIM_BYTES for g in found.grown)
    same = len({g.servicenow for g in found.grown}) == 1
    return f"""One comment more on a case that has so many already. Security IR gives comments 25 a page without a filter, so its calls grow; nothing else does.
The ledger is not read at all: the link keeps the sum of the hashes of all comments, and the newest ones account for the difference.

![Growth](images/performance-growth.svg)

{_table(("comments", "ServiceNow", "DynamoDB", "Security IR", "link item, bytes"), grown)}

No more ServiceNow calls than with one comment: {_verdict(same)}. Link items below {ITEM_AIM_BYTES // 1024} KB: {_verdict(small)}.
"""


def _polls(found: Figures) -> str:
    polled = [(p.cases, p.list_calls, p.pages, p.other_aws, p.servicenow) for p in found.polled]
    paged = all(p.list_calls == min(p.pages, PAGES_MOST) for p in found.polled)
    return f"""A poll over closed cases of which none changed. ListCases once per page, {PAGES_MOST} times at most, and no call per case: {_verdict(paged)}.

{_table(("cases", "ListCases", "pages of 25", "other AWS", "ServiceNow"), polled)}
"""


def _bursts(found: Figures) -> str:
    rows = [
        (
            b.count, b.name, f"{b.latency_s:g}", f"{b.latency_s / SERVICENOW_S * AWS_S:g}", b.servicenow_calls, f"{b.floor_s:.0f}", f"{b.wall_s:.0f}",
            f"{b.ratio:.2f}", _verdict(b.ratio <= BURST_AIM), len(b.live_s), f"{b.live_p95_s:.1f}",
            _verdict(b.live_p95_s < LIVE_P95_S),
        )
        for b in found.bursts
    ]  # fmt: skip
    head = ("records", "", "s per ServiceNow call", "s per AWS call", "ServiceNow calls", "floor s", "wall s", "ratio", f"aim {BURST_AIM}",
            "live edits", "their p95 s", f"aim {LIVE_P95_S:g}")  # fmt: skip
    return f"""New records at once while somebody comments on another case every second; ServiceNow serves {PARALLEL} calls at a time, the others wait.
The floor is ServiceNow's calls × latency ÷ {PARALLEL}. Every record makes some nine AWS calls, each signed, checked and stored by Python processes that share {os.cpu_count()} processors:
where that takes longer than the injected latency, the ratio shows the machine. A burst that misses its aim is therefore measured again with the latency of both sides raised, which leaves the product as it is and makes the machine count less.

![Bursts](images/performance-burst.svg)

{_table(head, rows)}
"""


def _gate(found: Figures) -> str:
    rows = [
        (len(g.lags_s), f"{g.p50_s:.2f}", f"{g.p95_s:.2f}", _verdict(g.met), f"{g.aws / len(g.lags_s):.1f}",
         f"{g.servicenow / len(g.lags_s):.1f}")
        for g in found.gated
    ]  # fmt: skip
    return f"""Tasks of Step Functions wait at the gate; the lag is from the end of the last approval to the answer, the business rule's own delay of 0.2 s among it.
The calls are those of the functions after this approval, of each event the instance then sends. Measured on {found.at}; `make bench ARGS="--only gate"` repeats it.
What 500 waiting changes cost is counted by `tests/unit/changes/gate/test_sweep.py`: a query of the table a minute, five reads of ServiceNow a quarter of an hour.

{_table(("decisions", "lag p50 s", "p95 s", f"aim {AIM_P95_S:g}", "AWS calls each", "ServiceNow calls each"), rows)}
"""


def _workspaces(found: Figures) -> str:
    rows = [
        (a.action.name, a.aws, a.servicenow, f"{a.action.floor.aws} + {a.action.floor.servicenow}", f"{a.p95_s:.2f}" if a.p95_s else "–",
         "–" if a.action.limit_s is None else f"{a.action.limit_s:g}", _verdict(a.met), a.action.floor_of)
        for a in found.acted
    ]  # fmt: skip
    ended = [(e.versions, e.files, e.aws, e.floor, f"{e.ratio:.2f}", _verdict(e.met)) for e in found.ended]
    return f"""Each action, warm, on the same system; the time is that of 19 of 20 with latency, until it is answered, an order until its item is closed complete with the link (its rule's delay of 0.2 s among it). The page is opened as a browser does: script and style at once, name and files at once.
`tests/e2e/test_workspaces.py` asserts each count. Measured on {found.at}; `make bench ARGS="--only workspaces"` repeats it.

{_table(("action", "AWS", "ServiceNow", "floor", "p95 s", "limit s", "", "calls nobody can leave out"), rows)}

Workspaces nobody touches share the one query a minute (`tests/unit/workspaces/test_woken.py`).
Each five minutes one message, two reads of the instance and a read of the table look for orders whose news was lost (`test_a_look_for_lost_orders_costs_two_reads`).
The end of a bucket with many versions: one copy for each current file, one list and one deletion for each thousand.

{_table(("versions", "files", "AWS calls", "floor", "ratio", f"aim {TOGETHER_AIM}"), ended)}
"""


def _together(found: Figures) -> str:
    rows = [
        (t.count, t.name, f"{t.latency_s:g}", t.made, f"{t.aws} + {t.servicenow}", f"{t.calls_ratio:.2f}",
         _verdict(t.calls_ratio <= TOGETHER_AIM), f"{t.wall_s:.0f}", f"{t.bare_s:.0f}", f"{t.time_ratio:.2f}",
         _verdict(t.time_ratio <= TOGETHER_AIM), f"{t.page_p95_s:.2f}", _verdict(t.page_p95_s <= PAGE_S), t.left)
        for t in found.together
    ]  # fmt: skip
    head = ("workspaces", "", "s per AWS call", "ready once", "calls", "of the floor", f"aim {TOGETHER_AIM}", "s", "bare s", "ratio", f"aim {TOGETHER_AIM}",
            "open page p95 s", f"aim {PAGE_S:g}", "left over")  # fmt: skip
    return f"""All at once, while somebody's page asks for its list every second; then all end together, and `workspace audit` counts what is left over.
*Bare* is what the same calls take in the same run with none of our code: each call noted beforehand from a pass of ours (`bench/bare_calls.py`), with its row, its condition and its settings, then made by boto3 alone (`bench/bare.py`), by as many processes and threads, with credentials of the worker, on the same plane. Of one order, a thread accepts the names, twenty in a write, and each message it sends begins one, as with us.
Bare are neither messages received and deleted nor invocations, rules and webhooks, which are AWS's and ServiceNow's; nor what the order looks meanwhile. Of one order, our time holds them too: some three seconds whatever the number, from the rule to the first bucket, and from the last one to the look that finds it ready.
Orders of their own are placed before, and worked on once all lie in the queue. A new account runs 10 functions at once: what that throttles comes back by itself.
Measured on {found.at}; `make bench ARGS="--only workspaces-in-one-order --only workspaces-in-many-orders --only workspaces-at-low-quota --burst 1000"` repeats it.

{_table(head, rows)}
"""


def _starts(found: Figures) -> str:
    rows = [
        (s.function, f"{s.own_s * 1000:.0f}", f"{s.boto3_s * 1000:.0f}", f"{s.ratio:.2f}", _verdict(s.ratio <= COLD_AIM),
         f"{s.sources_s * 1000:.0f}", ", ".join(f"{name} {ms:.0f}" for name, ms in s.beyond))
        for s in found.starts
    ]  # fmt: skip
    return f"""Processor time of importing a function's module and making its clients, against importing boto3 as pip installs it and making the same clients; of several turns the one whose ratio is the median.
The functions come from the bundle, as they are deployed, with this machine's wheels and Python: its sources are compiled beforehand, since Lambda lays it out read-only and would compile at every start, and botocore's models hold neither documentation nor other services.
The parsed key and the token are kept in the container. What is needed in most events is imported before the first one on purpose:
Lambda gives the start a whole processor and the event a seventh of one.
Beyond boto3, a pass needs requests (with `charset_normalizer`), PyJWT (with `cryptography.x509`) and some seventy dataclasses of ours, whose methods Python makes anew at each start, half a millisecond each.

{_table(("function", "ms", "boto3 ms", "ratio", f"aim {COLD_AIM}", "not compiled, ms", "heaviest beyond boto3 (`-X importtime`, ms)"), rows)}
"""


def _peaks(found: Figures) -> str:
    rows = [(p.what, p.function, f"{p.idle:.0f}", f"{p.peak:.0f}", _verdict(p.fits)) for p in found.peaks]
    return f"""Peak resident memory of the function's process; files are streamed, so their size does not show.

{_table(("work", "function", "before, MiB", "peak, MiB", f"within {LAMBDA_MEMORY_SIZE} MiB"), rows)}
"""


def _money(found: Figures) -> str:
    bills, given = found.bills(), Assumed()
    services = list(next(iter(bills.values())).parts)
    rows = [(s, *(f"{bill.parts.get(s, 0):.2f}" for bill in bills.values())) for s in services]
    rows.append(("**all**", *(f"**{bill.total:.2f}**" for bill in bills.values())))
    return f"""Dollars per month for AWS at list prices (us-east-1, no free tier), from the counts above; `bench/money.py` is the model.
Assumed: {given.changes} edits per open case and month each way with two echoes, a sweep of every open case each {given.sweep_minutes} minutes, a poll each minute over {given.listed:g} cases per open one,
{LAMBDA_MEMORY_SIZE} MiB, {given.servicenow_call_s * 1000:g} ms per ServiceNow call and {given.aws_call_s * 1000:g} ms per AWS call, {given.log_kb:g} KB of log per pass.

![Money](images/performance-money.svg)

{_table(("service", *(f"{cases} open cases" for cases in bills)), rows)}
"""


def _crossings(found: Figures) -> str:
    rows = [
        (c.crossings, CROSSINGS_AIM, _verdict(c.crossings <= CROSSINGS_AIM), c.passed, c.calls, c.changes, c.files)
        for c in found.crossings
    ]
    head = ("crossings", "aim", "", "files of the pass", "calls", "into another file", "files in all")
    return f"""What one changed title costs who reads its pass, counted over in-memory twins (`bench/crossings.py`, which also lists who calls whom).
A crossing is a step from one file of the pass into another, or into a port, and the step back; files that hold words only do not count. All calls and files, mappers and twins among them, stand beside it.

{_table(head, rows)}
"""
