// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/none/driver.hpp"

#include "core/error.hpp"
#include "core/json_fields.hpp"
#include "core/text.hpp"
#include "drivers/base_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace dmachine::none {

namespace {

constexpr std::array options{
    Option{.flag = "url",
           .env = "",
           .key = "URL",
           .kind = Option::Kind::text,
           .default_value = "",
           .help = "URL of the engine (required)"},
};

[[noreturn]] void refuse(const char* what) {
  throw Error(Errc::invalid, fmt::format("hosts without a driver cannot be {}", what));
}

class NoneDriver final : public Driver {
 public:
  NoneDriver(BaseState base, std::string url, Json original)
      : base_(std::move(base)), url_(std::move(url)), original_(std::move(original)) {}

  void precheck(const Context& /*ctx*/) override {}
  void create(const Context& /*ctx*/, const Checkpoint& /*checkpoint*/) override {}
  void remove(const Context& /*ctx*/) override {}
  State state(const Context& /*ctx*/) override { return State::running; }
  std::string address(const Context& /*ctx*/) override { return base_.ip_address; }
  std::optional<std::string> stored_address() const override { return base_.ip_address; }
  void start(const Context& /*ctx*/) override { refuse("started"); }
  void stop(const Context& /*ctx*/) override { refuse("stopped"); }
  void kill(const Context& /*ctx*/) override { refuse("killed"); }
  void restart(const Context& /*ctx*/) override { refuse("restarted"); }
  std::string engine_url(const std::string& /*address*/) const override { return url_; }
  bool has_host() const override { return false; }

  ssh::Endpoint endpoint(const std::string& /*address*/) const override {
    throw Error(Errc::unavailable, "a machine of the driver \"none\" has no SSH");
  }

  Json to_json() const override {
    Json object = dmachine::to_json(base_);
    object["URL"] = url_;
    return keep_unknown(std::move(object), original_);
  }

 private:
  BaseState base_;
  std::string url_;
  Json original_;
};

std::unique_ptr<Driver> from_options(const MachineIdentity& machine, const OptionValues& values,
                                     const SwarmFacts& /*swarm*/) {
  const std::string& url = values.text("url");
  if (url.empty()) {
    throw Error(Errc::invalid, "--url option is required when no driver is selected");
  }
  BaseState base;
  base.machine_name = machine.name;
  base.store_path = machine.store_path;
  base.ip_address = host_of_url(url);
  return std::make_unique<NoneDriver>(std::move(base), url, Json::object());
}

std::unique_ptr<Driver> from_json(const Json& object) {
  return std::make_unique<NoneDriver>(parse_base_state(object),
                                      JsonFields(object, "Driver").text("URL"), object);
}

/// Where the scheme ends (its colon); npos when there is none. Throws for a text that begins with a
/// colon.
std::size_t scheme_end(const std::string& url) {
  const auto is_scheme_char = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '.';
  };
  const auto end = std::ranges::find_if_not(url, is_scheme_char);
  if (end == url.begin() && !url.empty() && url.front() == ':') {
    throw Error(Errc::invalid, fmt::format("parse {}: missing protocol scheme", go_quote(url)));
  }
  const bool starts_with_letter =
      !url.empty() && std::isalpha(static_cast<unsigned char>(url[0])) != 0;
  return starts_with_letter && end != url.end() && *end == ':'
             ? static_cast<std::size_t>(end - url.begin())
             : std::string::npos;
}

}  // namespace

std::string host_of_url(const std::string& url) {
  const auto refuse_url = [&](const char* why) {
    return Error(Errc::invalid, fmt::format("parse {}: {}", go_quote(url), why));
  };
  if (std::ranges::any_of(url, [](unsigned char c) { return c < 0x20 || c == 0x7f; })) {
    throw refuse_url("net/url: invalid control character in URL");
  }
  const std::size_t colon = scheme_end(url);
  const bool has_scheme = colon != std::string::npos;
  std::string rest = has_scheme ? url.substr(colon + 1) : url;
  if (!rest.starts_with("//")) {
    const std::string first_segment = rest.substr(0, rest.find_first_of("/?#"));
    if (!has_scheme && first_segment.find(':') != std::string::npos) {
      throw refuse_url("first path segment in URL cannot contain colon");
    }
    return {};
  }
  rest = rest.substr(2);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (const auto at = rest.rfind('@'); at != std::string::npos) {
    rest = rest.substr(at + 1);
  }
  const auto port_colon = rest.rfind(':');
  const auto bracket = rest.rfind(']');
  if (port_colon != std::string::npos && (bracket == std::string::npos || port_colon > bracket)) {
    const std::string port = rest.substr(port_colon);
    if (!std::all_of(port.begin() + 1, port.end(),
                     [](unsigned char c) { return std::isdigit(c); })) {
      throw refuse_url(fmt::format("invalid port {} after host", go_quote(port)).c_str());
    }
  }
  return rest;
}

const DriverType type{"none",     options, &from_options,
                      &from_json, nullptr, "an engine that is there already, by its URL"};

}  // namespace dmachine::none
