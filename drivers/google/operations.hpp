// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/context.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "drivers/google/state.hpp"

#include <optional>
#include <string>

namespace dmachine::google {

class Client;

/// The first of an operation's errors.
struct OperationFailure {
  std::string code;  // "ZONE_RESOURCE_POOL_EXHAUSTED"
  std::string location;
  std::string message;
};

/// What every changing call answers. Source: compute v1, Operation.
struct Operation {
  std::string scope;  // where it is asked for: projects/P/zones/Z or projects/P/global
  std::string name;
  std::string status;
  std::optional<OperationFailure> failure;
  std::string placed_in{};  // a bulk insert's: the zone that took the instance, when it says so

  bool is_done() const { return status == "DONE"; }
};

/// Throws Error{unavailable} when it has no name.
Operation parse_operation(std::string scope, const Json& reply);

/// An operation ended in an error: `operation error: {CODE LOCATION MESSAGE [] []}`.
class OperationError : public Error {
 public:
  explicit OperationError(const OperationFailure& failure);
  const std::string& operation_code() const { return operation_code_; }

 private:
  std::string operation_code_;
};

/// Asks by the API's wait call, which holds until the operation is done or two minutes are over,
/// with growing pauses between. The operation as it ended. Throws OperationError, Error{timeout}
/// `maximum backoff elapsed time exceeded`, what the call throws, and as the context does.
Operation wait_until_done(const Context& ctx, Client& client, Operation operation,
                          const OperationBackoff& backoff);

/// The pause before look `attempt` + 1 (from 0), spread by the randomization factor. `random` lies
/// in [0, 1). Pure.
Duration operation_pause(const OperationBackoff& backoff, unsigned attempt, double random);

}  // namespace dmachine::google
