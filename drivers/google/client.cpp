// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/google/client.hpp"

#include "core/json_fields.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "drivers/google/api_error.hpp"
#include "drivers/google/endpoint.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dmachine::google {

namespace {

/// A path segment; the colon of `example.com:project` stays as it is.
std::string segment(std::string_view text) {
  return replace_all(url_encode(text), "%3A", ":");
}

std::string project_path(std::string_view project) {
  return "projects/" + segment(project);
}

std::string global_path(std::string_view project) {
  return project_path(project) + "/global";
}

std::string firewall_path(std::string_view project, std::string_view rule) {
  return fmt::format("{}/firewalls/{}", global_path(project), segment(rule));
}

std::string instance_path(const Place& place, std::string_view name) {
  return fmt::format("{}/instances/{}", place.path(), segment(name));
}

std::string disk_path(const Place& place, std::string_view name) {
  return fmt::format("{}/disks/{}", place.path(), segment(name));
}

/// Names that one request may ask for: the expression has to fit into a URL of a few kilobytes.
constexpr std::size_t most_filtered = 25;
/// Up to this many names are asked for by name, however many other instances the place holds.
constexpr std::size_t few_names = 100;

/// An expression for the list methods; nothing means all. Source: the methods' parameter `filter`.
std::string names_filter(std::span<const std::string> names) {
  std::string filter;
  for (const auto& name : names) {
    filter += fmt::format("{}(name = \"{}\")", filter.empty() ? "" : " OR ", name);
  }
  return filter.empty() ? filter : "&filter=" + url_encode(filter);
}

/// Lists carry a warning when not all could be asked. Source: the answer's field `warning`.
std::string incompleteness(const Json& page) {
  const Json* warning = find_member(page, "warning");
  if (warning == nullptr || !warning->is_object()) {
    return {};
  }
  const JsonFields fields(*warning, "Warning");
  const std::string code = fields.text("code");
  return code == "NO_RESULTS_ON_PAGE" ? std::string()
                                      : fmt::format("{} ({})", fields.text("message"), code);
}

/// For answers in which a missing resource would be taken for one that does not exist.
void check_whole(const Json& page, const std::string& what) {
  std::string why = incompleteness(page);
  const Json* silent = find_member(page, "unreachables");
  if (why.empty() && silent != nullptr && silent->is_array() && !silent->empty()) {
    why = "no answer from " + silent->dump();
  }
  if (!why.empty()) {
    throw Error(Errc::unavailable, fmt::format("cannot list all {}: {}", what, why));
  }
}

/// Lets each single try run to its end: its answer may name something that costs money. Between the
/// tries the context counts.
class ShieldedTransport final : public cloud::Transport {
 public:
  ShieldedTransport(cloud::Transport& inner, const Client::BeforeSend& before_send)
      : inner_(inner), before_send_(before_send) {}

  cloud::HttpReply send(const Context& ctx, const cloud::HttpRequest& request) override {
    ctx.check();
    if (before_send_) {
      before_send_();
    }
    return inner_.send(ctx.shielded(request.timeout + request.connect_timeout), request);
  }

 private:
  cloud::Transport& inner_;
  const Client::BeforeSend& before_send_;
};

}  // namespace

std::string Place::path() const {
  return fmt::format("{}/zones/{}", project_path(project), segment(zone));
}

std::string region_path(std::string_view project, std::string_view region) {
  return fmt::format("{}/regions/{}", project_path(project), segment(region));
}

Client::Client(cloud::Transport& transport, Credentials& credentials, Persistence persistence)
    : transport_(transport),
      credentials_(credentials),
      persistence_(persistence),
      base_(api_base(credentials.universe_domain)),
      resource_base_(google::resource_base(credentials.universe_domain)) {}

cloud::HttpReply Client::exchange(const Context& ctx, const Call& call, const Secret& token) {
  cloud::HttpRequest request;
  request.method = call.method;
  request.url = fmt::format("{}{}?alt=json&prettyPrint=false{}", base_, call.path, call.query);
  request.headers = {{"Authorization", "Bearer " + token.reveal()}, {"Accept", "application/json"}};
  if (!credentials_.quota_project.empty()) {
    request.headers.emplace_back("x-goog-user-project", credentials_.quota_project);
  }
  if (call.body) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = to_go_json_compact(*call.body);
  }
  request.timeout = call.timeout;
  cloud::RetryPolicy policy;
  policy.backoff = persistence_.backoff;
  policy.give_up_after = persistence_.give_up_after;
  policy.is_transient = &is_transient;
  ShieldedTransport shielded(transport_, call.before_send);
  return call.shielded ? cloud::send_with_retry(ctx, shielded, request, policy)
                       : cloud::send_with_retry(ctx, transport_, request, policy);
}

Json Client::send(const Context& ctx, const Call& call) {
  auto token = credentials_.token->fetch(ctx);
  auto reply = exchange(ctx, call, token.value);
  if (reply.status == 401) {
    // Revoked before its time, or our clock is wrong.
    credentials_.token->forget(token.value);
    token = credentials_.token->fetch(ctx);
    reply = exchange(ctx, call, token.value);
  }
  if (reply.status < 200 || reply.status > 299) {
    throw parse_api_error(reply);
  }
  auto document = Json::parse(reply.body, nullptr, false);
  if (!document.is_object()) {
    throw Error(Errc::unavailable,
                fmt::format("{} {}: the answer is no JSON object", call.method, call.path));
  }
  return document;
}

std::optional<Json> Client::find(const Context& ctx, const std::string& path) {
  try {
    return send(ctx, {.method = "GET", .path = path});
  } catch (const ApiError& error) {
    if (error.status() == 404) {
      return std::nullopt;
    }
    throw;
  }
}

Operation Client::change(const Context& ctx, const std::string& scope, Call call) {
  if (call.query.empty()) {
    call.query = "&requestId=" + random_uuid();
  }
  return parse_operation(scope, send(ctx, call));
}

Json Client::project(const Context& ctx, const std::string& project) {
  return send(ctx, {.method = "GET", .path = project_path(project)});
}

std::optional<Json> Client::find_instance(const Context& ctx, const Place& place,
                                          const std::string& name) {
  return find(ctx, instance_path(place, name));
}

void Client::for_each_page(const Context& ctx, const std::string& path, const std::string& query,
                           const std::function<void(Json&)>& work) {
  std::string page_token;
  do {
    const std::string more = page_token.empty() ? "" : "&pageToken=" + url_encode(page_token);
    Json page = send(ctx, {.method = "GET", .path = path, .query = query + more});
    const std::string next = JsonFields(page, "List").text("nextPageToken");
    work(page);
    if (!next.empty() && next == page_token) {
      throw Error(Errc::unavailable, "the list's pages have no end");
    }
    page_token = next;
  } while (!page_token.empty());
}

Listing Client::list(const Context& ctx, const std::string& path, const std::string& fields,
                     std::span<const std::string> names) {
  const bool all = names.size() > few_names;
  Listing listing;
  for (std::size_t begin = 0; begin < names.size(); begin += all ? names.size() : most_filtered) {
    const auto some = names.subspan(begin, std::min(most_filtered, names.size() - begin));
    const std::string query =
        fmt::format("&maxResults=500&fields={}{}", url_encode(fields + ",nextPageToken,warning"),
                    all ? std::string() : names_filter(some));
    for_each_page(ctx, path, query, [&](Json& page) {
      if (auto why = incompleteness(page); !why.empty()) {
        listing.incomplete = std::move(why);
      }
      if (const auto items = page.find("items"); items != page.end() && items->is_array()) {
        for (Json& item : *items) {
          std::string name = JsonFields(item, "Resource").text("name");
          listing.found.insert_or_assign(std::move(name), std::move(item));
        }
      }
    });
  }
  return listing;
}

Listing Client::list_instances(const Context& ctx, const Place& place,
                               std::span<const std::string> names) {
  return list(ctx, place.path() + "/instances",
              "items(name,status,networkInterfaces(networkIP,accessConfigs/natIP))", names);
}

Listing Client::list_disks(const Context& ctx, const Place& place,
                           std::span<const std::string> names) {
  return list(ctx, place.path() + "/disks", "items/name", names);
}

std::vector<Json> Client::list_all(const Context& ctx, const std::string& path) {
  std::vector<Json> all;
  for_each_page(ctx, path, "&maxResults=500", [&](Json& page) {
    if (const auto items = page.find("items"); items != page.end() && items->is_array()) {
      std::move(items->begin(), items->end(), std::back_inserter(all));
    }
  });
  return all;
}

std::vector<Json> Client::list_everywhere(const Context& ctx, const std::string& project,
                                          const std::string& collection, const std::string& filter,
                                          const std::string& fields) {
  const std::string wanted = fmt::format(
      "items/*/{}({}),items/*/warning,nextPageToken,unreachables,warning", collection, fields);
  std::vector<Json> all;
  for_each_page(
      ctx, fmt::format("{}/aggregated/{}", project_path(project), collection),
      fmt::format("&maxResults=500&fields={}&filter={}", url_encode(wanted), url_encode(filter)),
      [&](Json& page) {
        check_whole(page, collection);
        const auto scopes = page.find("items");
        if (scopes == page.end() || !scopes->is_object()) {
          return;
        }
        for (auto& [scope, part] : scopes->items()) {
          check_whole(part, collection + " in " + scope);
          const auto list = part.find(collection);
          if (list != part.end() && list->is_array()) {
            std::move(list->begin(), list->end(), std::back_inserter(all));
          }
        }
      });
  return all;
}

Operation Client::insert_instance(const Context& ctx, const Place& place, const Json& body,
                                  const std::string& request_id, const BeforeSend& before_send) {
  return change(ctx, place.path(),
                {.method = "POST",
                 .path = place.path() + "/instances",
                 .query = "&requestId=" + request_id,
                 .body = body,
                 .shielded = true,
                 .before_send = before_send});
}

Operation Client::bulk_insert(const Context& ctx, const std::string& project,
                              const std::string& region, const Json& body,
                              const std::string& request_id, const BeforeSend& before_send) {
  const std::string scope = region_path(project, region);
  return change(ctx, scope,
                {.method = "POST",
                 .path = scope + "/instances/bulkInsert",
                 .query = "&requestId=" + request_id,
                 .body = body,
                 .shielded = true,
                 .before_send = before_send});
}

Operation Client::delete_instance(const Context& ctx, const Place& place, const std::string& name) {
  return change(ctx, place.path(),
                {.method = "DELETE", .path = instance_path(place, name), .shielded = true});
}

Operation Client::act(const Context& ctx, const Place& place, const std::string& name,
                      const std::string& action) {
  return change(ctx, place.path(),
                {.method = "POST", .path = instance_path(place, name) + "/" + action});
}

Operation Client::set(const Context& ctx, const Place& place, const std::string& name,
                      const std::string& method, const Json& body) {
  return change(
      ctx, place.path(),
      {.method = "POST", .path = instance_path(place, name) + "/" + method, .body = body});
}

bool Client::has_instance_with_label(const Context& ctx, const Place& place, const std::string& key,
                                     const std::string& value) {
  const auto filter = fmt::format("labels.{}={}", key, value);
  const auto list = send(ctx, {.method = "GET",
                               .path = place.path() + "/instances",
                               .query = "&maxResults=1&filter=" + url_encode(filter)});
  const Json* items = find_member(list, "items");
  return items != nullptr && items->is_array() && !items->empty();
}

std::optional<Json> Client::find_disk(const Context& ctx, const Place& place,
                                      const std::string& name) {
  return find(ctx, disk_path(place, name));
}

Operation Client::delete_disk(const Context& ctx, const Place& place, const std::string& name) {
  return change(ctx, place.path(),
                {.method = "DELETE", .path = disk_path(place, name), .shielded = true});
}

Json Client::address(const Context& ctx, const std::string& project, const std::string& region,
                     const std::string& name) {
  return send(
      ctx, {.method = "GET",
            .path = fmt::format("{}/addresses/{}", region_path(project, region), segment(name))});
}

std::optional<Json> Client::find_firewall(const Context& ctx, const std::string& project,
                                          const std::string& rule) {
  return find(ctx, firewall_path(project, rule));
}

Operation Client::insert_firewall(const Context& ctx, const std::string& project,
                                  const Json& body) {
  return change(ctx, global_path(project),
                {.method = "POST",
                 .path = global_path(project) + "/firewalls",
                 .body = body,
                 .shielded = true});
}

Operation Client::update_firewall(const Context& ctx, const std::string& project,
                                  const Json& body) {
  return change(ctx, global_path(project),
                {.method = "PUT",
                 .path = firewall_path(project, body.at("name").get<std::string>()),
                 .body = body});
}

Operation Client::delete_firewall(const Context& ctx, const std::string& project,
                                  const std::string& rule) {
  return change(ctx, global_path(project),
                {.method = "DELETE", .path = firewall_path(project, rule), .shielded = true});
}

Operation Client::wait(const Context& ctx, const Operation& operation) {
  // The service holds the answer back for up to two minutes.
  return parse_operation(
      operation.scope,
      send(ctx, {.method = "POST",
                 .path = fmt::format("{}/operations/{}/wait", operation.scope, operation.name),
                 .timeout = std::chrono::seconds(135)}));
}

}  // namespace dmachine::google
