"""Totals of a Linux recording, written apart from the importer so that the two can be compared.

Prints a line for each: `softirq NAME count time_ns waits wait_ns`, `irq NAME count time_ns`; a wait
is from the first raise of a softirq to the entry that serves it, as Linux does: of a round all that was pending when it began, so that what is
raised in a softirq (flags s and H) is served by a later entry. It counts if the recording has the run's exit too.
"""
import gzip
import re
import sys
from collections import defaultdict

event = re.compile(r"\[(\d+)\] (\S+) +(\d+)\.(\d{6}): (\w+): (.*)")
softirq, wait, irq = (defaultdict(lambda: [0, 0]) for _ in range(3))
entered, raised, serving, order = {}, defaultdict(list), defaultdict(dict), {}


def add(totals, name, since, now):
    totals[name][0] += 1
    totals[name][1] += (now - since) * 1000


for line in gzip.open(sys.argv[1], "rt"):
    found = event.search(line)
    if not found:
        continue
    cpu, flags, seconds, micros, name, fields = found.groups()
    now = int(seconds) * 1_000_000 + int(micros)
    if name.startswith("softirq_"):
        action = re.search(r"action=(\w+)", fields).group(1)
        key = cpu, action
        if name == "softirq_raise":
            # In a round, though its first handler has not begun: what was raised before this is being served.
            if flags[2] in "sH" and not serving[cpu] and not any(k[0] == cpu and k[1].isupper() for k in entered):
                serving[cpu] = {k: raised.pop(k)[0] for k in [k for k in raised if k[0] == cpu]}
            raised[key].append(now)
        elif name == "softirq_entry":
            vector = int(re.search(r"vec=(\d+)", fields).group(1))
            if action not in {k[1] for k in serving[cpu]} or vector <= order.get(cpu, -1):
                for k in [k for k in raised if k[0] == cpu]:
                    serving[cpu].setdefault(k, raised[k][0])
                    del raised[k]
            order[cpu] = vector
            entered[key] = now, serving[cpu].pop(key, None)
            if not serving[cpu]:
                order[cpu] = -1
        elif key in entered:
            begin, asked = entered.pop(key)
            add(softirq, action, begin, now)
            if asked is not None:
                add(wait, action, asked, begin)
    elif name == "irq_handler_entry":
        number, device = re.match(r"irq=(\d+) name=(.*)", fields).groups()
        entered[cpu, number] = now, device
    elif name == "irq_handler_exit":
        since, device = entered.pop((cpu, re.match(r"irq=(\d+)", fields).group(1)))
        add(irq, device, since, now)
    elif name.endswith("_entry"):
        entered[cpu, name[:-6]] = now
    elif name.endswith("_exit"):
        key = cpu, name[:-5]
        if key in entered:
            add(irq, key[1], entered.pop(key), now)

for name in sorted(softirq):
    print("softirq", name, *softirq[name], *wait[name])
for name in sorted(irq):
    print("irq", name, *irq[name])
