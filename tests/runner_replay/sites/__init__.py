# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Where the machines of a case come from: nowhere, a real host, or a simulated cloud."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from .site import Site


@contextmanager
def open_site(kind: str) -> Iterator[Site]:
    """The site of a case's kind; all it made is gone at the end. DMACHINE_REPLAY_INDIRECT set: for a binary that takes
    no other endpoint."""
    # Imported late: a case without machines must run where neither lab nor cloud can.
    if kind == "none":
        site = Site()
    elif kind == "generic":
        from .generic import GenericSite
        site = GenericSite()
    elif kind in ("ec2", "amazonec2"):
        from .ec2 import Ec2Site
        site = Ec2Site(real=kind == "amazonec2", direct=not os.environ.get("DMACHINE_REPLAY_INDIRECT"))
    elif kind in ("arm", "azure"):
        from .azure import AzureSite
        site = AzureSite(real=kind == "azure", direct=not os.environ.get("DMACHINE_REPLAY_INDIRECT"))
    else:
        from .google import GoogleSite
        site = GoogleSite(real=kind == "google", direct=not os.environ.get("DMACHINE_REPLAY_INDIRECT"))
        if not site.direct:
            site.add_firewall_rule()
    try:
        yield site
    finally:
        site.close()
