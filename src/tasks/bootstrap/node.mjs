// The runtime client for Node handlers: CommonJS and ES modules, async and callback style.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const base = '/2018-06-01/runtime/';
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const root = process.env.LAMBDA_TASK_ROOT ?? process.cwd();
let running = null;
let settle = null;

// stdin stays open as long as the host lives. It must not keep the event loop alive: see `beforeExit`.
process.stdin.on('end', () => process.exit(1)).on('error', () => process.exit(1)).resume();
process.stdin.unref?.();
// Nothing is left that could call back: the invocation is done, with null, as on Lambda.
process.on('beforeExit', () => settle?.(null));

function request(method, where, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
    const options = { hostname, port, method, path: base + where, agent, headers: { ...headers, ...length } };
    const sent = http.request(options, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ response, body: Buffer.concat(chunks).toString() }));
      response.on('error', reject);
    });
    sent.setTimeout(0);
    sent.on('error', reject);
    sent.end(body);
  });
}

function errorOf(error, errorType) {
  if (error instanceof Error) {
    const trace = (error.stack ?? String(error)).split('\n');
    return { errorType: errorType ?? error.name, errorMessage: error.message, trace };
  }
  const message = typeof error === 'string' ? error : JSON.stringify(error) ?? String(error);
  return { errorType: errorType ?? typeof error, errorMessage: message, trace: [] };
}

function post(where, payload, errorType) {
  const headers = { 'Content-Type': 'application/json' };
  if (errorType !== undefined) {
    headers['Lambda-Runtime-Function-Error-Type'] = errorType.replace(/[^\x20-\x7e]/g, '?');
  }
  return request('POST', where, payload, headers);
}

function fail(requestId, error, errorType) {
  const payload = errorOf(error, errorType);
  console.error(`ERROR\tInvoke Error\t${JSON.stringify(payload)}`);
  const where = requestId === null ? 'init/error' : `invocation/${requestId}/error`;
  return post(where, JSON.stringify(payload), payload.errorType);
}

for (const [event, errorType] of [
  ['uncaughtException', undefined],
  ['unhandledRejection', 'Runtime.UnhandledPromiseRejection'],
]) {
  process.on(event, async (error) => {
    const requestId = running;
    await fail(requestId, error, errorType).catch(() => {});
    process.exit(129);
  });
}

async function load() {
  const handler = process.env._HANDLER;
  const name = path.basename(handler);
  const dot = name.indexOf('.');
  if (dot < 0) {
    throw Object.assign(new Error(`Bad handler ${handler}`), { name: 'Runtime.MalformedHandlerName' });
  }
  const stem = path.resolve(root, path.dirname(handler), name.slice(0, dot));
  const file = ['.js', '.mjs', '.cjs'].map((end) => stem + end).find((candidate) => fs.existsSync(candidate));
  if (file === undefined) {
    throw Object.assign(new Error(`Cannot find module '${stem}'`), { name: 'Runtime.ImportModuleError' });
  }
  const found = name.slice(dot + 1).split('.').reduce((value, key) => value?.[key], await exportsOf(file));
  if (typeof found !== 'function') {
    throw Object.assign(new Error(`${handler} is undefined or not exported`), { name: 'Runtime.HandlerNotFound' });
  }
  return found;
}

async function exportsOf(file) {
  try {
    return createRequire(file)(file);
  } catch (error) {
    // Not CommonJS, or a module that awaits at its top.
    if (!['ERR_REQUIRE_ESM', 'ERR_REQUIRE_ASYNC_MODULE'].includes(error.code) && !(error instanceof SyntaxError)) {
      throw error;
    }
    const module = await import(pathToFileURL(file).href);
    return { ...module.default, ...module };
  }
}

function contextOf(headers, done) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return {
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(deadline - Date.now(), 0),
    done,
    succeed: (result) => done(null, result),
    fail: (error) => done(error ?? new Error('handled')),
  };
}

function call(handler, event, headers) {
  return new Promise((resolve, reject) => {
    settle = resolve;
    const done = (error, result) => (error === null || error === undefined ? resolve(result) : reject(error));
    const returned = handler(event, contextOf(headers, done), done);
    if (typeof returned?.then === 'function') {
      returned.then(resolve, reject);
    } else if (handler.length < 3 && returned !== undefined) {
      // Lambda ignores what a handler returns that is not async; a value that is there was meant to be one.
      resolve(returned);
    }
  });
}

async function serve(handler) {
  const { response, body } = await request('GET', 'invocation/next');
  if (response.statusCode !== 200) {
    throw new Error(`the Runtime API answered ${response.statusCode}`);
  }
  running = response.headers['lambda-runtime-aws-request-id'];
  process.env._X_AMZN_TRACE_ID = response.headers['lambda-runtime-trace-id'];
  let result;
  try {
    result = JSON.stringify((await call(handler, JSON.parse(body), response.headers)) ?? null) ?? 'null';
  } catch (error) {
    return fail(running, error);
  }
  return post(`invocation/${running}/response`, result);
}

async function main() {
  let handler;
  try {
    handler = await load();
  } catch (error) {
    await fail(null, error, error instanceof SyntaxError ? 'Runtime.UserCodeSyntaxError' : undefined);
    process.exit(1);
  }
  for (;;) {
    await serve(handler);
  }
}

// What fails outside of a handler is the connection: the host has gone.
main().catch(() => process.exit(1));
