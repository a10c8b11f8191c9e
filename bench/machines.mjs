// XState 5 on the chart of chart.py, as live actors and as the pure transition function. Prints lines of JSON.
// Usage: node --expose-gc bench/machines.mjs CALLS     Exit code 4: the package xstate is not installed.
const EVENTS = ['incoming', 'establishing', 'established', 'transferring', 'accepted', 'terminated']
const LIVE = 3
const ROUNDS = 3
const calls = Number(process.argv[2])

let xstate
try {
  xstate = await import(process.env.XSTATE ? `${process.env.XSTATE}/dist/xstate.esm.js` : 'xstate')
} catch {
  process.exit(4)
}
const { createActor, createMachine, getInitialSnapshot, transition } = xstate

const names = ['new', ...EVENTS]
const states = { terminated: { type: 'final' } }
EVENTS.forEach((event, at) => {
  const on = { [event]: event }
  if (at > 0) on.terminated = 'terminated'
  states[names[at]] = { on }
})
const machine = createMachine({ id: 'call', initial: 'new', states })

const heap = () => { gc(); gc(); return process.memoryUsage().heapUsed }

function measure(name, build, fire, isOver) {
  const warm = build(1000)
  for (const event of EVENTS) fire(warm, event)
  const before = heap()
  const living = build(calls)
  for (const event of EVENTS.slice(0, LIVE)) fire(living, event)
  const bytes = (heap() - before) / living.length
  living.length = 0
  let best = 0
  for (let round = 0; round < ROUNDS; round++) {
    const list = build(calls)
    const start = performance.now()
    for (const event of EVENTS) fire(list, event)
    const took = (performance.now() - start) / 1000
    if (!list.every(isOver)) throw new Error('some calls did not come to their end')
    best = Math.max(best, EVENTS.length * calls / took)
  }
  console.log(JSON.stringify({ name, events_per_second: best, bytes_each: bytes }))
}

const list = (make) => (n) => Array.from({ length: n }, make)
measure('xstate, actors', list(() => createActor(machine).start()),
  (actors, type) => { for (const actor of actors) actor.send({ type }) },
  (actor) => actor.getSnapshot().value === 'terminated')
measure('xstate, pure', list(() => getInitialSnapshot(machine)),
  (snapshots, type) => { const event = { type }; snapshots.forEach((s, at) => { snapshots[at] = transition(machine, s, event)[0] }) },
  (snapshot) => snapshot.value === 'terminated')
