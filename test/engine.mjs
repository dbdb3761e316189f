// Runs definitions on an independent engine of the Amazon States Language, without waiting. It reads
// a list of runs, each {definition, input, failures}, from standard input. It writes the list of
// their executions, in the same order.
import { readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { StateMachine } from "aws-local-stepfunctions";

const played = [];
for (const run of JSON.parse(readFileSync(0, "utf8"))) played.push(await play(run));
console.log(JSON.stringify(played));

async function play({ definition, input, failures }) {
  const clock = startClock();
  const call = mockAPI(failures);
  // The engine's validator takes longer than all runs, and is older than that of the tests.
  const machine = new StateMachine(definition, { validationOptions: { noValidate: true } });
  const execution = machine.run(input, {
    // Handles every state, so that no new task calls Lambda. Only tasks use the handler.
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(Object.keys(definition.States).map((state) => [state, call])),
    },
  });
  let running = true;
  execution.result.catch(() => {}).finally(() => { running = false; });
  for (await setImmediate(); running; await setImmediate()) clock.jump();
  return { ...await read(execution.eventLogs), waits: clock.waits };
}

// startClock replaces the engine's timers. Its time stands still while the engine has work to do;
// then it jumps to the timer that is due first. A timer that is cleared, such as the time limit of a
// task, does not count as a wait.
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

// mockAPI simulates the function. The first calls end with the failures, the others with the answer
// of the API.
function mockAPI(failures) {
  const errors = { 429: "TooManyRequestsException", 503: "ServerUnavailableException" };
  let calls = 0;
  return async ({ statuscode }) => {
    const name = failures[calls++] ?? (statuscode === "200" ? "" : errors[statuscode] ?? "UnknownException");
    if (name) throw Object.assign(new Error(), { name }); // the engine reports the name as the error
    return "200 OK";
  };
}

// read converts the engine's events into an execution, in the form of the Go package internal/history.
async function read(events) {
  const execution = { steps: [] };
  let caught; // the last step with a caught error
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
