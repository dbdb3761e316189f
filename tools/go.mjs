// Runs go in this module and ignores the user's settings for other modules:
//
//	node tools/go.mjs run .
//
// A Node script runs in every system's shell. The CDK needs Node anyway.
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

const cgo = process.argv[2] === "--cgo"; // for a tool with parts in C
// Each setting has a value: for an empty one, go reads what "go env -w" saved on the machine.
const env = {
	...process.env,
	GO111MODULE: "on", GOWORK: "off", GOFLAGS: "-buildvcs=false",
	GOAMD64: "v1", GOARM64: "v8.0", GOEXPERIMENT: ",", GOFIPS140: "off",
	CGO_ENABLED: cgo ? "1" : "0", // without it, go needs no C compiler and ignores its settings
};
delete env.GOROOT; // may belong to another release
if (process.platform !== "win32") env.HOME ||= userInfo().homedir; // go keeps its cache there

const least = 64 << 20; // bytes in the temporary folder for a build and a synthesis

// fault returns the reason why programs cannot be built and run in a folder, or nothing.
function fault(folder) {
	if (process.platform === "win32") return;
	let own;
	try {
		own = mkdtempSync(join(folder, "retrycatch-go-"));
		const program = join(own, "program");
		writeFileSync(program, "#!/bin/sh\n");
		chmodSync(program, 0o700);
		const { error } = spawnSync(program);
		if (error) return `programs cannot run in it (${error.code})`;
		const { bavail, bsize } = statfsSync(folder);
		if (bavail * bsize < least) return `it has less than ${least >> 20} MiB left`;
	} catch (error) {
		return `it cannot be written (${error.code})`;
	} finally {
		if (own) rmSync(own, { recursive: true, force: true });
	}
}

// temporary returns the user's temporary folder. If programs cannot run there, it returns a folder in
// go's build cache.
function temporary(cache) {
	const first = tmpdir(), second = join(cache, "retrycatch");
	const reason = fault(first);
	if (!reason) return first;
	try {
		mkdirSync(second, { recursive: true });
	} catch { /* fault reports it */ }
	if (fault(second)) stop(`the temporary folder ${first} cannot be used: ${reason}. Set TMPDIR to another.`);
	return second;
}

function stop(...lines) {
	for (const line of lines) console.error("retrycatch:", line);
	process.exit(2);
}

const settings = spawnSync("go", ["env", "GOHOSTOS", "GOHOSTARCH", "GOCACHE"], { env, encoding: "utf8" });
if (settings.error) {
	stop(`go does not run (${settings.error.code}). Get it from https://go.dev/dl, and add its bin folder to PATH.`);
}
if (settings.status !== 0) stop(settings.stderr.trim());
const [system, architecture, cache] = settings.stdout.split(/\r?\n/);
Object.assign(env, { GOOS: system, GOARCH: architecture, GOTMPDIR: temporary(cache) });
if (system !== "windows") env.TMPDIR = env.GOTMPDIR;

const go = spawn("go", process.argv.slice(cgo ? 3 : 2), { env, stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => go.kill(signal));
go.on("close", (code, signal) => process.exit(signal ? 1 : code));
