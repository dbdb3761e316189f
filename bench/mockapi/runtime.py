"""A minimal Python runtime for Lambda: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html"""
import http.client
import json
import os

from mock_api import handle

PREFIX = "/2018-06-01/runtime/invocation/"
connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    connection.request("GET", PREFIX + "next")
    invocation = connection.getresponse()
    request_id = invocation.headers["Lambda-Runtime-Aws-Request-Id"]
    try:
        path, body = "/response", handle(json.loads(invocation.read()), request_id)
    except Exception as error:
        path, body = "/error", {"errorType": type(error).__name__, "errorMessage": str(error)}
    connection.request("POST", PREFIX + request_id + path, json.dumps(body))
    connection.getresponse().read()
