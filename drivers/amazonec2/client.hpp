// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drivers/amazonec2/instance.hpp"
#include "drivers/amazonec2/query.hpp"
#include "drivers/amazonec2/values.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dmachine::amazonec2 {

struct Subnet {
  std::string id;
  std::string vpc_id;
  std::string zone;
  bool is_default = false;
};

struct Volume {
  std::string device;
  std::int64_t size_gib = 0;  // of the snapshot; 0: unknown
  bool deleted_on_termination = true;
};

struct Image {
  std::string id;
  std::string name;
  std::string created;  // RFC 3339 in UTC: sorts by time
  std::string architecture;
  std::string root_device;
  std::vector<Volume> volumes;  // of EBS
};

struct InRule {
  std::string protocol;  // "-1": all
  int from = -1;
  int to = -1;
};

struct Group {
  std::string id;
  std::string name;
  std::string vpc_id;
  std::vector<InRule> rules;
  Tags tags;
};

/// A volume of EBS.
struct Disk {
  std::string id;
  std::string zone;
  std::string created;      // RFC 3339
  std::string instance_id;  // where it is attached; empty: nowhere
  bool goes_with_instance = false;
  Tags tags;
};

struct NetworkInterface {
  std::string id;
  std::string zone;
  std::string instance_id;
  bool goes_with_instance = false;
  Tags tags;
};

struct SpotRequest {
  std::string id;
  std::string state;  // "open", "active", "closed", …
  std::string type;   // "one-time", "persistent"
  std::string created;
  std::string instance_id;
  std::string instance_type;  // that it asks for
  Tags tags;

  /// It may still get, or has, an instance.
  bool is_live() const { return state == "open" || state == "active" || state == "disabled"; }
};

struct KeyPair {
  std::string id;
  std::string name;
  std::string created;
  Tags tags;
};

/// `Filter.N.Name` with its values.
using Filters = std::vector<std::pair<std::string, std::vector<std::string>>>;

/// Adds `TagSpecification.N.…` for each type of resource.
void add_tags(QueryParameters& parameters, const std::vector<std::string>& resource_types,
              const Tags& tags);

/// The parameters of AuthorizeSecurityGroupIngress that let everybody in at these ports.
QueryParameters ingress(const std::string& group_id, const std::vector<Port>& ports);

/// Requests and replies of the EC2 query API, version 2016-11-15; no decisions. Each call throws as
/// QueryClient::send. May be used by several threads.
class Client {
 public:
  using BeforeSend = QueryClient::BeforeSend;

  explicit Client(QueryClient& query) : query_(query) {}

  const std::string& region() const { return query_.place().region; }

  /// Throws ApiError InvalidInstanceID.NotFound for an unknown id.
  std::vector<Instance> instances_by_id(const Context& ctx, const std::vector<std::string>& ids);
  /// Whatever fits, here and below; all pages.
  std::vector<Instance> instances(const Context& ctx, const Filters& filters);
  /// Not cut by a stop once it is on its way. Nothing when the answer holds no instance.
  std::optional<Instance> run_instance(const Context& ctx, const QueryParameters& parameters,
                                       const BeforeSend& before_send);
  void start(const Context& ctx, const std::string& id);
  void stop(const Context& ctx, const std::string& id, bool force);
  void reboot(const Context& ctx, const std::string& id);
  void terminate(const Context& ctx, const std::string& id);
  std::vector<SpotRequest> spot_requests(const Context& ctx, const Filters& filters);
  void cancel_spot_request(const Context& ctx, const std::string& id);

  std::vector<Disk> disks(const Context& ctx, const Filters& filters);
  void delete_disk(const Context& ctx, const std::string& id);
  std::vector<NetworkInterface> interfaces(const Context& ctx, const Filters& filters);
  void delete_interface(const Context& ctx, const std::string& id);

  std::vector<Subnet> subnets(const Context& ctx, const Filters& filters);
  /// Nothing when the account has none.
  std::optional<std::string> default_vpc(const Context& ctx);
  Image image(const Context& ctx, const std::string& id);
  std::vector<Image> images(const Context& ctx, const std::string& owner, const Filters& filters);
  std::vector<std::string> architectures(const Context& ctx, const std::string& instance_type);
  /// The vCPUs that an instance of each type has by default; without the types that EC2 does not
  /// know there. A call for each hundred types.
  std::map<std::string, std::int64_t> vcpus(const Context& ctx,
                                            const std::vector<std::string>& types);
  /// Which of the types there are in which of the zones.
  std::vector<std::pair<std::string, std::string>> offerings(const Context& ctx,
                                                             const std::vector<std::string>& types,
                                                             const std::vector<std::string>& zones);
  /// Throws ApiError DryRunOperation when the call would be allowed. What returns took it for
  /// meant.
  void dry_run(const Context& ctx, const std::string& action, QueryParameters parameters);

  std::vector<KeyPair> key_pairs(const Context& ctx, const Filters& filters);
  bool has_key_pair(const Context& ctx, const std::string& name);
  void import_key_pair(const Context& ctx, const std::string& name, const std::string& public_key,
                       const Tags& tags);
  void delete_key_pair(const Context& ctx, const std::string& name);
  void delete_key_pair_by_id(const Context& ctx, const std::string& id);

  std::vector<Group> groups(const Context& ctx, const Filters& filters);
  std::vector<Group> groups_by_id(const Context& ctx, const std::vector<std::string>& ids);
  std::string create_group(const Context& ctx, const std::string& name, const std::string& vpc_id,
                           const Tags& tags);
  /// Lets everybody in at these ports.
  void authorize(const Context& ctx, const std::string& group_id, const std::vector<Port>& ports);
  void delete_group(const Context& ctx, const std::string& group_id);

 private:
  Element call(const Context& ctx, std::string action, QueryParameters parameters,
               QueryClient::Options options = {});
  /// All pages of a list.
  std::vector<Element> pages(const Context& ctx, const std::string& action, const Filters& filters,
                             std::string_view list);

  QueryClient& query_;
};

}  // namespace dmachine::amazonec2
