// Runs definitions on an engine of the Amazon States Language that has nothing to do with AWS, without waiting. It reads a
// list of runs, each {definition, input, failures}, from standard input and writes what became of each, in the same order.
import { readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { StateMachine } from "aws-local-stepfunctions";

const played = [];
for (const run of JSON.parse(readFileSync(0, "utf8"))) played.push(await play(run));
console.log(JSON.stringify(played));

async function play({ definition, input, failures }) {
  const clock = startClock();
  const call = mockAPI(failures);
  // Its own validator takes longer than all runs, and is an older one than the tests have.
  const machine = new StateMachine(definition, { validationOptions: { noValidate: true } });
  const execution = machine.run(input, {
    // In every state, so that a task that is new to this test does not go to Lambda. Only tasks call.
    overrides: { taskResourceLocalHandlers: Object.fromEntries(Object.keys(definition.States).map((state) => [state, call])) },
  });
  let running = true;
  execution.result.catch(() => {}).finally(() => { running = false; });
  for (await setImmediate(); running; await setImmediate()) clock.jump();
  return { ...await read(execution.eventLogs), waits: clock.waits };
}

// startClock takes the place of the engine's timers. Its time stands still until the engine can go on with nothing else;
// then it jumps to the timer that is due first. One that is cleared before, as the limit of a task, was no wait.
function startClock() {
  let now = 0;
  const timers = new Set();
  const waits = []; // in seconds
  globalThis.setTimeout = (fire, delay) => {
    const timer = { fire, delay, due: now + delay };
    timers.add(timer);
    return timer;
  };
  globalThis.clearTimeout = (timer) => timers.delete(timer);
  const jump = () => {
    const [next] = [...timers].sort((a, b) => a.due - b.due);
    timers.delete(next);
    now = next.due;
    waits.push(next.delay / 1000);
    next.fire();
  };
  return { jump, waits };
}

// mockAPI plays the function: the first calls end with the failures, each of the others with the answer of the API.
function mockAPI(failures) {
  const errors = { 429: "TooManyRequestsException", 503: "ServerUnavailableException" };
  let calls = 0;
  return async ({ statuscode }) => {
    const name = failures[calls++] ?? (statuscode === "200" ? "" : errors[statuscode] ?? "UnknownException");
    if (name) throw Object.assign(new Error(), { name }); // the engine takes the name for the error's
    return "200 OK";
  };
}

// read turns the engine's events into an execution, in the form of the Go package internal/history.
async function read(events) {
  const execution = { steps: [] };
  let caught; // the step whose error a catcher took last
  for await (const event of events) {
    const step = execution.steps.at(-1);
    switch (event.type) {
      case "StateEntered":
        execution.steps.push({ state: event.state.name, type: event.state.type, attempts: [] });
        break;
      case "StateFailed": // a Fail state does too
        if (step.type === "Task") step.attempts.push({ failed: true, error: event.Error });
        break;
      case "StateCaught":
        caught = step;
        break;
      case "StateExited":
        if (step.type === "Task" && step !== caught) step.attempts.push({});
        break;
      case "ExecutionSucceeded":
        Object.assign(execution, { status: "SUCCEEDED", output: JSON.stringify(event.output) });
        break;
      case "ExecutionFailed":
        Object.assign(execution, { status: "FAILED", error: event.Error });
        break;
      case "ExecutionTimeout":
        execution.status = "TIMED_OUT";
        break;
    }
  }
  return execution;
}
