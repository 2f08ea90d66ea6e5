// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/http.hpp"
#include "core/context.hpp"
#include "core/json.hpp"
#include "core/poll.hpp"
#include "drivers/azure/api_error.hpp"
#include "drivers/azure/resources.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace dmachine::azure {

class Client;

/// What a changing call started. Source: Azure Resource Manager, "Track asynchronous operations".
struct Operation {
  /// done: over already; status: a document with `status` (header Azure-AsyncOperation); location:
  /// 202 until it is over (header Location); resource: the resource's own provisioningState.
  enum class Style { done, status, location, resource } style = Style::done;
  std::string url;                      // where to look
  std::optional<Duration> retry_after;  // not before that
  Json body;                            // what was answered last
};

/// `resource_url`: where the resource itself is looked at. Throws operation_error when the answer
/// says that it failed. `now` is for a Retry-After with a date.
Operation parse_operation(const cloud::HttpReply& reply, const std::string& resource_url,
                          std::chrono::sys_seconds now);

/// What a look at an operation shows: nothing while it runs, else the answer's JSON (an empty
/// object when there is none). Throws operation_error.
std::optional<Json> parse_progress(const Operation& operation, const cloud::HttpReply& reply);

/// The pause before look `attempt` + 1 (from 0): as told, else growing. To be told "0" says
/// nothing: nobody is to ask without end and without a pause. `random` lies in [0, 1). Pure.
Duration pause_before_look(const Operation& operation, const Backoff& backoff, unsigned attempt,
                           double random);

/// Waits for the end. Gives the resource as far as answers showed it. Throws operation_error,
/// Error{timeout}, what looking throws, and as the context does.
Json wait_until_done(const Context& ctx, Client& client, Operation operation);

/// A PUT that a newer operation put an end to: of a virtual machine that newer one is mostly its
/// deletion, and to make it again would be wrong.
enum class WhenPreempted { repeat, give_up };

/// PUTs and waits, again from the start when another operation had the resource.
Json apply(const Context& ctx, Client& client, const Target& target, const Json& body,
           WhenPreempted when_preempted = WhenPreempted::repeat);
/// DELETEs and waits likewise; false when there was nothing to delete.
bool erase(const Context& ctx, Client& client, const Target& target);
/// POSTs and waits likewise.
void act(const Context& ctx, Client& client, const Target& target);

}  // namespace dmachine::azure
