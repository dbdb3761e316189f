// Runs go in this module and ignores the user's Go settings, which may not suit it:
//
//	node tools/go.mjs run .
//
// This is a Node script because Node runs on every system, and the CDK needs Node anyway.
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

const cgo = process.argv[2] === "--cgo"; // for tools that need a C compiler
// Every setting has a value, because go replaces an empty one with the value saved by "go env -w".
const env = {
	...process.env,
	GO111MODULE: "on", GOWORK: "off", GOFLAGS: "-buildvcs=false",
	GOAMD64: "v1", GOARM64: "v8.0", GOEXPERIMENT: ",", GOFIPS140: "off",
	CGO_ENABLED: cgo ? "1" : "0", // 0 works without a C compiler
};
delete env.GOROOT; // the user's GOROOT may belong to another Go release
if (process.platform !== "win32") env.HOME ||= userInfo().homedir; // go keeps its build cache below HOME

const minFree = 64 << 20; // bytes that a build and a synthesis need in the temporary folder

// unusable returns why programs cannot be built and run in a folder, or undefined if they can.
function unusable(folder) {
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
		if (bavail * bsize < minFree) return `it has less than ${minFree >> 20} MiB left`;
	} catch (error) {
		return `it is not writable (${error.code})`;
	} finally {
		if (own) rmSync(own, { recursive: true, force: true });
	}
}

// temporaryFolder returns the user's temporary folder. If programs cannot run there, it returns a
// folder in go's build cache.
function temporaryFolder(cache) {
	const first = tmpdir(), second = join(cache, "retrycatch");
	const reason = unusable(first);
	if (!reason) return first;
	try {
		mkdirSync(second, { recursive: true });
	} catch { /* unusable reports the error */ }
	if (unusable(second)) stop(`cannot use the temporary folder ${first}: ${reason}. Set TMPDIR to another folder.`);
	return second;
}

function stop(...lines) {
	for (const line of lines) console.error("retrycatch:", line);
	process.exit(2);
}

const settings = spawnSync("go", ["env", "GOHOSTOS", "GOHOSTARCH", "GOCACHE"], { env, encoding: "utf8" });
if (settings.error) {
	stop(`cannot run go (${settings.error.code}). Get it from https://go.dev/dl, and add its bin folder to PATH.`);
}
if (settings.status !== 0) stop(settings.stderr.trim());
const [system, architecture, cache] = settings.stdout.split(/\r?\n/);
Object.assign(env, { GOOS: system, GOARCH: architecture, GOTMPDIR: temporaryFolder(cache) });
if (system !== "windows") env.TMPDIR = env.GOTMPDIR;

const go = spawn("go", process.argv.slice(cgo ? 3 : 2), { env, stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => go.kill(signal));
go.on("close", (code, signal) => process.exit(signal ? 1 : code));
