"""`python -m bench [--quick]`: measure, show, draw, and print the figures as the last line."""
import sys, json
from bench.conditions import latency, one_at_a_time
from bench.measure import measured
from bench.rows import rows
from bench.scene import Scene
from integration.local.running import Options, start
with start(Options()) as running:
    scene = Scene(running)
    with latency(running), one_at_a_time(running):
        for row in rows():
            m = measured(row, scene)
            print(f"{m.row.name:45s} sir {m.counts.security_ir} other {m.counts.other_aws} sn {m.counts.servicenow}+{m.counts.inner} per {m.per} tr {m.counts.transfers} lag {m.lag_s} floor {m.floor_s} met {m.met} {dict(m.counts.detail)}", flush=True)
    print(running.plane.denied())
