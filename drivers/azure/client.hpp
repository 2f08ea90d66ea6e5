// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/retry.hpp"
#include "drivers/azure/credentials.hpp"
#include "drivers/azure/operations.hpp"
#include "drivers/azure/resources.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace dmachine::azure {

/// How long failing requests are tried again, and how often operations are looked at that do not
/// say so themselves.
struct Persistence {
  Backoff backoff{Duration(500), std::chrono::seconds(20)};
  Duration give_up_after = std::chrono::minutes(5);
  Backoff operation{Duration(50), std::chrono::seconds(5)};
};

/// Requests and replies of the Azure Resource Manager; no decisions. Each call throws ApiError for
/// an answer other than success, cloud::TransportError when there is none, and as the context does.
/// Transient failures are retried here: every call names what it is about, so that a repetition
/// does nothing twice. May be used by several threads.
class Client {
 public:
  /// Whether a write that meets another one is repeated as it is, or told so that the caller can
  /// look again first.
  enum class WhenBusy { repeat, tell };

  /// The references must outlive the client. `arm` has no slash at its end.
  Client(cloud::Transport& transport, Credentials& credentials, std::string arm,
         std::string subscription_id, Persistence persistence);

  /// Nothing means the API's own word that there is none.
  std::optional<Json> find(const Context& ctx, const Target& target);
  Json get(const Context& ctx, const Target& target);
  /// The first element of an answer that is a bare list; nothing when that is empty.
  std::optional<Json> find_first(const Context& ctx, const Target& target);
  /// The members `value` of all pages of a list.
  Json list(const Context& ctx, const Target& target);

  /// Not cut by a stop once it is on its way; the context is asked before each try. A provider that
  /// the subscription does not know yet is registered.
  Operation put(const Context& ctx, const Target& target, const Json& body,
                WhenBusy when_busy = WhenBusy::repeat);
  /// Nothing when there was nothing to delete.
  std::optional<Operation> remove(const Context& ctx, const Target& target);
  Operation post(const Context& ctx, const Target& target);

  /// At an operation, by the URL that was given for it.
  cloud::HttpReply look(const Context& ctx, const std::string& url);

  Backoff backoff() const { return persistence_.backoff; }
  Backoff operation_backoff() const { return persistence_.operation; }
  bool is_persistent() const { return persistence_.give_up_after > Duration::zero(); }
  static std::chrono::sys_seconds now();

 private:
  struct Call {
    std::string method;
    std::string url;
    std::optional<Json> body{};
    bool shielded = false;
    WhenBusy when_busy = WhenBusy::repeat;
  };
  cloud::HttpReply send(const Context& ctx, const Call& call);
  cloud::HttpReply exchange(const Context& ctx, const Call& call, const Secret& token);
  std::string url_of(const Target& target) const;
  void register_provider(const Context& ctx, const std::string& provider);

  cloud::Transport& transport_;
  Credentials& credentials_;
  std::string arm_;
  std::string subscription_id_;
  Persistence persistence_;
};

}  // namespace dmachine::azure
