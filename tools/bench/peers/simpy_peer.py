# Twenty processes that wait again and again: what an event of SimPy costs. Prints nanoseconds an event.
import random
import time

import simpy

EVENTS = 200_000

random.seed(1)
delays = [int(random.expovariate(1 / 100_000)) + 1 for _ in range(4096)]
events = 0


def source(environment):
    global events
    while True:
        events += 1
        yield environment.timeout(delays[events & 4095])


environment = simpy.Environment()
for _ in range(20):
    environment.process(source(environment))
while events < EVENTS // 4:
    environment.step()
before, start = events, time.perf_counter_ns()
while events < EVENTS:
    environment.step()
print((time.perf_counter_ns() - start) / (events - before))
