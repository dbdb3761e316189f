// Runs definitions on an independent implementation of the Amazon States Language, without waiting.
// Standard input contains {apiErrors, runs}: the mock API's errors by status code, and a list of
// {definition, input, failures}. The output is the list of the executions, in the same order.
import { readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { StateMachine } from "aws-local-stepfunctions";

const executions = [];
const { apiErrors, runs } = JSON.parse(readFileSync(0, "utf8"));
for (const run of runs) executions.push(await execute(run));
console.log(JSON.stringify(executions));

async function execute({ definition, input, failures }) {
  const clock = startClock();
  const call = mockAPI(failures);
  // Validation here would take longer than all executions. TestValidator uses a newer validator.
  const machine = new StateMachine(definition, { validationOptions: { noValidate: true } });
  const execution = machine.run(input, {
    // Only tasks use a handler. With a handler for every state, no task can call Lambda.
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(Object.keys(definition.States).map((state) => [state, call])),
    },
  });
  let running = true;
  execution.result.catch(() => {}).finally(() => { running = false; });
  for (await setImmediate(); running; await setImmediate()) clock.jump();
  return { ...await readExecution(execution.eventLogs), waits: clock.waits };
}

// startClock replaces the engine's timers with a simulated clock. jump advances the clock to the next
// timer and fires it. waits excludes timers that the engine cleared, such as the time limit of a task.
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

// mockAPI simulates the function. The first calls fail with the given failures. Later calls respond
// like the mock API.
function mockAPI(failures) {
  let calls = 0;
  return async ({ statuscode }) => {
    const name = failures[calls++] ?? (statuscode === "200" ? "" : apiErrors[statuscode] ?? "UnknownException");
    if (name) throw Object.assign(new Error(), { name }); // the engine reports the name as the error
    return "200 OK";
  };
}

// readExecution converts the engine's events into the JSON form of a Go history.Execution.
async function readExecution(events) {
  const execution = { steps: [] };
  let caught; // the last step with a caught error
  for await (const event of events) {
    const step = execution.steps.at(-1);
    switch (event.type) {
      case "StateEntered":
        execution.steps.push({ state: event.state.name, type: event.state.type, attempts: [] });
        break;
      case "StateFailed": // Fail states cause this event too
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
