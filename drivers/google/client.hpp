// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/retry.hpp"
#include "drivers/google/credentials.hpp"
#include "drivers/google/operations.hpp"

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dmachine::google {

/// How long failing requests are tried again.
struct Persistence {
  Backoff backoff{Duration(500), std::chrono::seconds(20)};
  Duration give_up_after = std::chrono::minutes(5);
};

/// Where an instance lives.
struct Place {
  std::string project;
  std::string zone;

  /// projects/P/zones/Z
  std::string path() const;
};

/// projects/P/regions/R
std::string region_path(std::string_view project, std::string_view region);

/// What a list method told: the resources by name.
struct Listing {
  std::map<std::string, Json> found;
  /// Why a name that is missing may exist nevertheless; empty when the list is whole.
  std::string incomplete;
};

/// Requests and replies of the Compute Engine API, version 1; no decisions. Each call throws
/// ApiError for an answer other than success, cloud::TransportError when there is none, and as the
/// context does. Transient failures are retried here; changing calls carry a request id, so that a
/// repetition does nothing twice. May be used by several threads.
class Client {
 public:
  /// Called before each time that a creating request leaves.
  using BeforeSend = std::function<void()>;

  /// The references must outlive the client.
  Client(cloud::Transport& transport, Credentials& credentials, Persistence persistence);

  Json project(const Context& ctx, const std::string& project);

  /// Nothing means the API's own word that there is none.
  std::optional<Json> find_instance(const Context& ctx, const Place& place,
                                    const std::string& name);
  /// The instances of these names, with name, status and addresses. One request where there are
  /// few names, else one for each page of all instances of the place.
  Listing list_instances(const Context& ctx, const Place& place,
                         std::span<const std::string> names);
  /// As list_instances, with the names alone.
  Listing list_disks(const Context& ctx, const Place& place, std::span<const std::string> names);
  /// Not cut by a stop once it is on its way; the context is asked before each try.
  Operation insert_instance(const Context& ctx, const Place& place, const Json& body,
                            const std::string& request_id, const BeforeSend& before_send);
  /// For one instance, in a zone of the region that the service picks; else as insert_instance.
  Operation bulk_insert(const Context& ctx, const std::string& project, const std::string& region,
                        const Json& body, const std::string& request_id,
                        const BeforeSend& before_send);
  Operation delete_instance(const Context& ctx, const Place& place, const std::string& name);
  /// start, stop, reset, resume
  Operation act(const Context& ctx, const Place& place, const std::string& name,
                const std::string& action);
  /// setLabels, setMetadata, setTags
  Operation set(const Context& ctx, const Place& place, const std::string& name,
                const std::string& method, const Json& body);
  /// Whether an instance with this label is in the zone.
  bool has_instance_with_label(const Context& ctx, const Place& place, const std::string& key,
                               const std::string& value);

  /// Those of a collection (instances, disks) in all zones of the project that `filter` lets
  /// through, each with the members that `fields` names. Throws Error{unavailable} when a place did
  /// not answer: what it holds would be missing.
  std::vector<Json> list_everywhere(const Context& ctx, const std::string& project,
                                    const std::string& collection, const std::string& filter,
                                    const std::string& fields);

  std::optional<Json> find_disk(const Context& ctx, const Place& place, const std::string& name);
  Operation delete_disk(const Context& ctx, const Place& place, const std::string& name);

  Json address(const Context& ctx, const std::string& project, const std::string& region,
               const std::string& name);

  std::optional<Json> find_firewall(const Context& ctx, const std::string& project,
                                    const std::string& rule);
  Operation insert_firewall(const Context& ctx, const std::string& project, const Json& body);
  Operation update_firewall(const Context& ctx, const std::string& project, const Json& body);
  Operation delete_firewall(const Context& ctx, const std::string& project,
                            const std::string& rule);

  /// Answers when the operation is done, or earlier.
  Operation wait(const Context& ctx, const Operation& operation);

  /// For those who must read again before they write again.
  Backoff backoff() const { return persistence_.backoff; }
  /// What the URLs inside bodies begin with.
  const std::string& resource_base() const { return resource_base_; }

  /// Any resource, by its path below the API's base (projects/P/global/networks/N).
  std::optional<Json> find(const Context& ctx, const std::string& path);
  /// The items of a list method, of all pages.
  std::vector<Json> list_all(const Context& ctx, const std::string& path);

 private:
  struct Call {
    std::string method;
    std::string path;
    std::string query{};
    std::optional<Json> body{};
    Duration timeout = std::chrono::seconds(30);
    bool shielded = false;
    BeforeSend before_send{};
  };
  Json send(const Context& ctx, const Call& call);
  void for_each_page(const Context& ctx, const std::string& path, const std::string& query,
                     const std::function<void(Json&)>& work);
  Listing list(const Context& ctx, const std::string& path, const std::string& fields,
               std::span<const std::string> names);
  Operation change(const Context& ctx, const std::string& scope, Call call);
  cloud::HttpReply exchange(const Context& ctx, const Call& call, const Secret& token);

  cloud::Transport& transport_;
  Credentials& credentials_;
  Persistence persistence_;
  std::string base_;
  std::string resource_base_;
};

}  // namespace dmachine::google
