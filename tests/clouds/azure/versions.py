# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Which api-versions exist, by resource type (public folders of Azure/azure-rest-api-specs, and the newest ones that
Microsoft's Python clients of tests/requirements.txt use). Everything before 2019-07-01 is for the setting `legacy`."""

from __future__ import annotations

_COMPUTE = ("2015-06-15 2016-03-30 2017-03-30 2017-12-01 2018-04-01 2018-06-01 2018-10-01 2019-03-01 2019-07-01 2019-12-01 "
            "2020-06-01 2020-12-01 2021-03-01 2021-04-01 2021-07-01 2021-11-01 2022-03-01 2022-08-01 2022-11-01 2023-03-01 "
            "2023-07-01 2023-09-01 2024-03-01 2024-07-01 2024-11-01 2025-04-01 2025-11-01 2026-03-01 2026-04-01").split()
_DISKS = ("2017-03-30 2018-04-01 2018-06-01 2018-09-30 2019-03-01 2019-07-01 2019-11-01 2020-05-01 2020-06-30 2020-09-30 "
          "2020-12-01 2021-04-01 2021-08-01 2021-12-01 2022-03-02 2022-07-02 2023-01-02 2023-04-02 2023-10-02 2024-03-02 "
          "2025-01-02 2026-03-02").split()
_GALLERIES = ("2018-06-01 2019-03-01 2019-07-01 2019-12-01 2020-09-30 2021-07-01 2021-10-01 2022-01-03 2022-03-03 "
              "2022-08-03 2023-07-03 2024-03-03 2025-03-03").split()
_SKUS = "2017-03-30 2017-09-01 2019-04-01 2021-07-01".split()
_NETWORK = ("2015-06-15 2016-03-30 2016-06-01 2016-09-01 2016-12-01 2017-03-01 2017-06-01 2017-08-01 2017-09-01 2017-10-01 "
            "2017-11-01 2018-01-01 2018-02-01 2018-04-01 2018-06-01 2018-07-01 2018-08-01 2018-10-01 2018-11-01 2018-12-01 "
            "2019-02-01 2019-04-01 2019-06-01 2019-07-01 2019-08-01 2019-09-01 2019-11-01 2019-12-01 2020-03-01 2020-04-01 "
            "2020-05-01 2020-06-01 2020-07-01 2020-08-01 2020-11-01 2021-02-01 2021-03-01 2021-05-01 2021-08-01 2022-01-01 "
            "2022-05-01 2022-07-01 2022-09-01 2022-11-01 2023-02-01 2023-04-01 2023-05-01 2023-06-01 2023-09-01 2023-11-01 "
            "2024-01-01 2024-03-01 2024-05-01 2024-07-01 2024-10-01 2025-01-01 2025-03-01 2025-05-01 2025-07-01 2025-09-01 "
            "2026-01-01 2026-03-01").split()
_STORAGE = ("2015-06-15 2016-01-01 2016-05-01 2016-12-01 2017-06-01 2017-10-01 2018-02-01 2018-07-01 2018-11-01 2019-04-01 "
            "2019-06-01 2020-08-01-preview 2021-01-01 2021-02-01 2021-04-01 2021-06-01 2021-08-01 2021-09-01 2022-05-01 "
            "2022-09-01 2023-01-01 2023-04-01 2023-05-01 2024-01-01 2025-01-01").split()
_RESOURCES = ("2015-11-01 2016-02-01 2016-07-01 2016-09-01 2017-05-10 2018-02-01 2018-05-01 2019-03-01 2019-05-01 2019-05-10 "
              "2019-07-01 2019-08-01 2019-10-01 2020-06-01 2020-08-01 2020-10-01 2021-01-01 2021-04-01 2022-09-01 2023-07-01 "
              "2024-03-01 2024-07-01 2024-11-01 2025-03-01 2025-04-01").split()
_SUBSCRIPTIONS = "2015-11-01 2016-06-01 2018-06-01 2019-06-01 2019-11-01 2020-01-01 2021-01-01 2022-12-01".split()
_AUTHORIZATION = ["2015-07-01", "2018-07-01", "2022-04-01"]
_MARKETPLACE = ["2015-06-01", "2021-01-01"]

_BY_KIND = {
    "microsoft.compute/disks": _DISKS,
    "microsoft.compute/skus": _SKUS,
    "microsoft.compute/galleries": _GALLERIES,
    "microsoft.compute/locations/communitygalleries": _GALLERIES,
    "microsoft.compute/locations/sharedgalleries": _GALLERIES,
    "microsoft.resources/subscriptions/resources": _RESOURCES,
    "microsoft.resources/subscriptions/resourcegroups": _RESOURCES,
    "microsoft.resources/subscriptions": _SUBSCRIPTIONS,
}
_BY_NAMESPACE = {"microsoft.compute": _COMPUTE, "microsoft.network": _NETWORK, "microsoft.storage": _STORAGE,
                 "microsoft.resources": _RESOURCES, "microsoft.marketplaceordering": _MARKETPLACE,
                 "microsoft.authorization": _AUTHORIZATION}
_MODERN_SINCE = "2019-07-01"
# Types whose newest api-version is older than that.
_ALWAYS = {"2019-04-01": _SKUS, "2015-06-01": _MARKETPLACE}


def versions_of(kind: str, legacy: bool) -> list[str]:
    found = next((versions for prefix, versions in _BY_KIND.items()
                  if kind.lower() == prefix or kind.lower().startswith(prefix + "/")), None)
    found = found or _BY_NAMESPACE[kind.lower().partition("/")[0]]
    return [version for version in found if legacy or version >= _MODERN_SINCE or _ALWAYS.get(version) is found]
