"""AWS's checks before a function may read a queue, which the emulator lacks.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
"""

from ministack.core import responses
from ministack.services import lambda_svc, sqs

EMULATORS_CREATE = lambda_svc._create_esm
NEEDED = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")


def check_queues(authorize):
    """@param authorize the endpoint's function."""

    def create(data):
        refused = refusal(data, authorize) if ":sqs:" in data.get("EventSourceArn", "") else None
        if refused:
            return responses.error_response_json("InvalidParameterValueException", refused, 400)
        return EMULATORS_CREATE(data)

    lambda_svc._create_esm = create


def refusal(data, authorize):
    arn = data["EventSourceArn"]
    _, function, name = lambda_svc._get_func_record_for_ref(data.get("FunctionName", ""))
    if not function:
        return None  # The emulator answers that itself.
    queue = sqs._queue_by_arn(arn)
    if queue is None:
        return (f"Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
                f"SQS Error Message: The queue {arn} does not exist.")
    for action in NEEDED:
        request = {"principal": {"role": function.get("Role", "")}, "action": f"sqs:{action}", "resource": arn}
        if not authorize(request)["allowed"]:
            return f"The provided execution role does not have permissions to call {action} on SQS"
    visibility = int(queue["attributes"].get("VisibilityTimeout", 30))
    timeout = int(function.get("Timeout", 3))
    if visibility < timeout:
        return f"Queue visibility timeout: {visibility} seconds is less than Function timeout: {timeout} seconds"
    batch, window = data.get("BatchSize", 10), data.get("MaximumBatchingWindowInSeconds", 0)
    if batch > 10 and not window:
        return "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
    return None
