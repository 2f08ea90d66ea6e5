// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/http.hpp"
#include "core/files.hpp"
#include "core/json.hpp"
#include "core/text.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/python_server.hpp"
#include "tests/support/temp.hpp"

#include <chrono>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace dmachine::test {

/// A strict simulated cloud of tests/clouds (`python3 -m MODULE --dir DIR …`) in a process of its
/// own, for the life of this object, and its control API. Its environment becomes this process's:
/// drivers with their real transport then talk to it.
class SimulatedCloud {
 public:
  explicit SimulatedCloud(const std::string& module)
      : transport_(cloud::make_curl_transport()),
        server_(DMACHINE_TEST_PYTHON, module, {"--dir", folder_.path().string()}) {
    server_.first_line();
    // Else every connection would read all authorities of the system, which takes longer than the
    // call.
    unsetenv("SSL_CERT_DIR");
    take_environment();
  }
  SimulatedCloud(const SimulatedCloud&) = delete;
  SimulatedCloud& operator=(const SimulatedCloud&) = delete;

  /// The control API: /state, /calls, /verdict, …
  Json get(const std::string& path) { return exchange("GET", path, ""); }
  Json post(const std::string& path, const Json& body) {
    return exchange("POST", path, body.dump());
  }
  /// Fails the test for each thing that a driver did and the real cloud would not have borne.
  void check_verdict() {
    for (const Json& complaint : get("/verdict")) {
      FAIL_CHECK(complaint.get<std::string>());
    }
  }
  /// One of the engine's CONTROLLABLE methods.
  void make_it(const std::string& method, Json arguments) {
    arguments["do"] = method;
    post("/do", arguments);
  }
  void set(const Json& settings) { post("/settings", settings); }

  struct Call {
    std::string method;
    std::string path;
    Json body;
    int status = 0;
    std::string shown() const { return method + " " + path; }
  };
  /// Those that arrived since the last `forget_calls`, of one of the simulation's services; of one
  /// method alone when it is given, for all that was answered to a hundred creates is long.
  std::vector<Call> calls(const std::string& service, const std::string& method = "") {
    std::vector<Call> all;
    const auto filter = "service=" + service + (method.empty() ? "" : "&method=" + method);
    for (const Json& one : get("/calls?" + filter)) {
      const Json& status = one.at("status");
      all.push_back({one.at("method"), one.at("path"), one.at("body"),
                     status.is_null() ? 0 : status.get<int>()});
    }
    return all;
  }
  void forget_calls() { post("/forget", Json::object()); }

 private:
  /// DIR/env: lines `export NAME=VALUE`, quoted where a shell needs it.
  void take_environment() {
    for (const std::string_view line : split(read_file(folder_ / "env"), '\n')) {
      constexpr std::string_view mark = "export ";
      const auto equals = line.find('=');
      if (!line.starts_with(mark) || equals == std::string_view::npos) {
        continue;
      }
      const std::string name(line.substr(mark.size(), equals - mark.size()));
      std::string value(line.substr(equals + 1));
      if (value.size() >= 2 && value.front() == '\'') {
        value = value.substr(1, value.size() - 2);
      }
      setenv(name.c_str(), value.c_str(), 1);
      if (name.ends_with("_CONTROL")) {
        control_ = value;
      }
    }
  }

  Json exchange(const std::string& method, const std::string& path, const std::string& body) {
    cloud::HttpRequest request{method, control_ + path, {}, body};
    request.proxy = cloud::HttpRequest::Proxy::never;
    const auto reply = transport_->send({}, request);
    if (reply.status != 200) {
      throw std::runtime_error(method + " " + path + ": " + reply.body);
    }
    return parse_json(reply.body);
  }

  TempFolder folder_;
  std::unique_ptr<cloud::Transport> transport_;
  PythonServer server_;
  std::string control_;
};

}  // namespace dmachine::test
