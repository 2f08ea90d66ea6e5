// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/error.hpp"

namespace dmachine::engine {

/// The peer's TLS alert (RFC 8446, section 6) in Go's words: `remote error: tls: bad certificate`;
/// `denied` when it is about our certificate, else `unavailable`.
Error alert_error(int alert);

}  // namespace dmachine::engine
