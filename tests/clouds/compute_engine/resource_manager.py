# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The one method of the Resource Manager that is needed: which permissions a caller has on a project."""

from __future__ import annotations

import json
import re

from ..common.http import Request, Response, html_response, json_response
from .errors import ApiError, forbidden, invalid, service_disabled
from .tokens import CLOUD_PLATFORM

_PATH = re.compile(r"/v1/projects/([^/:]+):testIamPermissions")
_PERMISSION = re.compile(r"(compute|iam)\.[a-zA-Z]+\.[a-zA-Z]+")
_SCOPES = {CLOUD_PLATFORM, "https://www.googleapis.com/auth/cloud-platform.read-only"}


def is_manager_path(path: str) -> bool:
    return _PATH.fullmatch(path) is not None


class ResourceManager:
    """`judge`: holds the calls against the API's description, when that is installed."""

    def __init__(self, cloud, judge):
        self._cloud, self.judge = cloud, judge

    def handle(self, request: Request) -> Response:
        complaints = self.judge.check_request(request) if self.judge else []
        try:
            if complaints:
                raise ApiError(400, "; ".join(complaints))
            answer = self._answer(request)
        except ApiError as error:
            return error.response()
        if answer is None:
            return html_response(405, "Method Not Allowed")
        if self.judge:
            self.judge.check_answer(request, answer)
        return json_response(200, answer)

    def _answer(self, request: Request) -> dict | None:
        cloud = self._cloud
        if request.method != "POST":
            return None
        cloud.tokens.check(request.headers.get("authorization"), _SCOPES)
        project = cloud.world.projects.get(_PATH.fullmatch(request.path)[1])
        if "cloudresourcemanager.googleapis.com" in cloud.settings.disabled_services:
            raise service_disabled("cloudresourcemanager.googleapis.com", project.number if project else "1")
        if project is None or project.id not in cloud.own_projects:
            raise forbidden("resourcemanager.projects.get", request.path)
        asked = json.loads(request.body).get("permissions", [])
        for permission in asked:
            if not _PERMISSION.fullmatch(permission):
                raise invalid("permissions", permission, "Permission is not valid for this resource.")
        if not 1 <= len(asked) <= 100 or len(set(asked)) != len(asked):
            raise invalid("permissions", "", "Between 1 and 100 different permissions are wanted.")
        granted = [permission for permission in asked if permission not in cloud.settings.denied_permissions]
        return {"permissions": granted} if granted else {}
