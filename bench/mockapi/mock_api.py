"""A Python version of the project's function, with the same responses, errors and log line."""
import json
import sys


class TooManyRequestsException(Exception):
    pass


class ServerUnavailableException(Exception):
    pass


class UnknownException(Exception):
    pass


def handle(event, request_id):
    code = event.get("statuscode") if isinstance(event, dict) else None
    line = {"level": "INFO", "requestId": request_id, "statuscode": code, "msg": "the API call succeeded"}
    try:
        return call(code)
    except Exception as error:
        line |= {"level": "ERROR", "msg": "the API call failed", "errorType": type(error).__name__, "errorMessage": str(error)}
        raise
    finally:
        print(json.dumps(line), file=sys.stdout, flush=True)


def call(code):
    if code == "200":
        return "200 OK"
    if code == "429":
        raise TooManyRequestsException("429 Too Many Requests")
    if code == "503":
        raise ServerUnavailableException("503 Server Unavailable")
    raise UnknownException("Unknown error")
