# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Service Quotas: how many vCPUs the account may have running. What it tells is what a launch is held to (capacity.py)."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from ..common.http import Request, Response, html_response
from . import catalog
from .cloud import Cloud
from .errors import ApiError
from .sigv4 import ACCOUNT, Principal, Signed, verify

_PREFIX = "ServiceQuotasV20190624"
_OPERATIONS = ("GetServiceQuota", "GetAWSDefaultServiceQuota")
_KIND = "application/x-amz-json-1.1"


class ServiceQuotas:
    def __init__(self, cloud: Cloud):
        self._cloud = cloud

    def handle(self, request: Request) -> Response:
        cloud = self._cloud
        if cloud.settings.latency:
            time.sleep(cloud.settings.latency)
        if request.path not in ("", "/") or request.method != "POST":
            return html_response(404, "Not Found")
        complaints = cloud.judge.check_request("servicequotas", request) if cloud.judge else []
        try:
            body = json.dumps(self._answer(request, complaints)).encode()
            response = Response(200, body, {"Content-Type": _KIND, "x-amzn-RequestId": str(uuid.uuid4())})
        except ApiError as error:
            response = error.json_response()
        if cloud.judge:
            cloud.judge.check_answer("servicequotas", request, response)
        if offset := cloud.settings.clock_offset:
            response.headers["Date"] = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + offset))
        return response

    def _answer(self, request: Request, complaints: list[str]) -> dict:
        cloud = self._cloud
        signed = verify(request, cloud.keys, "servicequotas", time.time() + cloud.settings.clock_offset,
                        lambda region: region in catalog.REGIONS)
        name = self._operation(request)
        if f"servicequotas:{name}" in cloud.settings.denied_actions:
            raise _denied(name, signed.principal)
        params = _params(request)
        if complaints and cloud.judge.enforce:
            raise ApiError("ValidationException", "Refused by AWS's description of the API: " + "; ".join(complaints))
        return {"Quota": self._quota(name, params, signed)}

    def _operation(self, request: Request) -> str:
        prefix, _, name = request.headers.get("x-amz-target", "").rpartition(".")
        if request.headers.get("content-type") != _KIND or prefix != _PREFIX:
            raise ApiError("UnknownOperationException", "", 404)
        if name in _OPERATIONS:
            return name
        if self._cloud.judge and self._cloud.judge.knows("servicequotas", name):
            self._cloud.judge.defect(request, "the real API has this action, the simulated one has not")
            raise ApiError("NotSimulated", f"{name} is not simulated")
        raise ApiError("UnknownOperationException", "", 404)

    def _quota(self, name: str, params: dict[str, str], signed: Signed) -> dict[str, Any]:
        code, granted = params["QuotaCode"], self._cloud.settings.quotas
        if params["ServiceCode"] != "ec2":
            raise _none("The request failed because the specified service does not exist.")
        quota = catalog.VCPU_QUOTAS.get(code)
        if not quota:
            raise _none("The request failed because the specified quota does not exist.")  # our sentence
        if name == "GetServiceQuota" and code not in granted:
            raise _none("The request failed because the applied value of the quota does not exist.")  # our sentence
        value = granted[code] if name == "GetServiceQuota" else catalog.DEFAULT_VCPUS
        owner = ACCOUNT if name == "GetServiceQuota" else ""
        arn = f"arn:{catalog.partition(signed.region)}:servicequotas:{signed.region}:{owner}:ec2/{code}"
        return {"ServiceCode": "ec2", "ServiceName": "Amazon Elastic Compute Cloud (Amazon EC2)", "QuotaArn": arn,
                "QuotaCode": code, "QuotaName": quota.name, "Value": float(value), "Unit": "None", "Adjustable": True,
                "GlobalQuota": False, "UsageMetric": {
                    "MetricNamespace": "AWS/Usage", "MetricName": "ResourceCount", "MetricDimensions": {
                        "Class": quota.metric_class, "Resource": "vCPU", "Service": "EC2", "Type": "Resource"},
                    "MetricStatisticRecommendation": "Maximum"}, "QuotaAppliedAtLevel": "ACCOUNT"}


def _params(request: Request) -> dict[str, str]:
    try:
        params = json.loads(request.body)
    except ValueError:
        raise ApiError("SerializationException", "") from None
    if not isinstance(params, dict):
        raise ApiError("SerializationException", "Start of structure or map found where not expected.")
    for name in ("ServiceCode", "QuotaCode"):
        if params.get(name) is None:
            raise ApiError("ValidationException", f"1 validation error detected: Value null at '{name[0].lower()}{name[1:]}' "
                           "failed to satisfy constraint: Member must not be null")
        if not isinstance(params[name], str):
            raise ApiError("SerializationException", f"{name} is no string")  # our sentence
    if "ContextId" in params:
        raise ApiError("NotSimulated", "quotas of single resources are not simulated")
    return params


def _none(message: str) -> ApiError:
    return ApiError("NoSuchResourceException", message)


def _denied(name: str, principal: Principal) -> ApiError:
    return ApiError("AccessDeniedException", f"User: {principal.arn} is not authorized to perform: servicequotas:{name} because "
                    f"no identity-based policy allows the servicequotas:{name} action")
