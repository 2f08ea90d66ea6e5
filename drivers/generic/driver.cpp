// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/generic/driver.hpp"

#include "core/error.hpp"
#include "core/json_fields.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "drivers/base_state.hpp"
#include "drivers/generic/key_import.hpp"
#include "drivers/host_port.hpp"
#include "ssh/session.hpp"

#include <fmt/format.h>

#include <array>

namespace dmachine::generic {

namespace {

using Kind = Option::Kind;

constexpr std::array options{
    Option{.flag = "generic-engine-port",
           .env = "GENERIC_ENGINE_PORT",
           .key = "EnginePort",
           .kind = Kind::integer,
           .default_value = "2376",
           .help = "Docker engine port"},
    Option{.flag = "generic-ip-address",
           .env = "GENERIC_IP_ADDRESS",
           .key = "IPAddress",
           .kind = Kind::text,
           .default_value = "",
           .help = "IP address or name of the host (required)"},
    Option{.flag = "generic-ssh-user",
           .env = "GENERIC_SSH_USER",
           .key = "SSHUser",
           .kind = Kind::text,
           .default_value = "root",
           .help = "SSH user"},
    Option{.flag = "generic-ssh-key",
           .env = "GENERIC_SSH_KEY",
           .key = "SSHKey",
           .kind = Kind::text,
           .default_value = "",
           .help = "Private SSH key file, copied into the store (default: your own keys and agent)",
           .values = "FILE"},
    Option{.flag = "generic-ssh-port",
           .env = "GENERIC_SSH_PORT",
           .key = "SSHPort",
           .kind = Kind::integer,
           .default_value = "22",
           .help = "SSH port"},
};

// The reference waits 15 s; two lost packets are covered by less.
constexpr Duration probe_limit = std::chrono::seconds(10);

[[noreturn]] void refuse(const char* what) {
  throw Error(Errc::invalid, fmt::format("generic driver does not support {}", what));
}

class GenericDriver final : public Driver {
 public:
  GenericDriver(BaseState base, int engine_port, std::string user_key, Json original)
      : base_(std::move(base)),
        engine_port_(engine_port),
        user_key_(std::move(user_key)),
        original_(std::move(original)) {}

  void precheck(const Context& /*ctx*/) override {
    if (!user_key_.empty()) {
      check_user_key(user_key_);
    }
  }

  void create(const Context& /*ctx*/, const Checkpoint& checkpoint) override {
    if (user_key_.empty()) {
      log::info("({}) No SSH key specified. Assuming an existing key at the default location.",
                base_.machine_name);
      return;
    }
    log::info("({}) Importing SSH key...", base_.machine_name);
    const std::string path = imported_key_path(base_, user_key_);
    import_key(base_.machine_name, user_key_, path);
    base_.ssh_key_path = path;
    checkpoint();
  }

  void remove(const Context& /*ctx*/) override {}

  State state(const Context& ctx) override {
    return answers_tcp(ctx, base_.ip_address, ssh_port(), probe_limit) ? State::running
                                                                       : State::stopped;
  }

  std::string address(const Context& /*ctx*/) override {
    if (base_.ip_address.empty()) {
      throw Error(Errc::unavailable, "IP address is not set");
    }
    return base_.ip_address;
  }

  std::optional<std::string> stored_address() const override {
    return base_.ip_address.empty() ? std::nullopt : std::optional(base_.ip_address);
  }

  void start(const Context& /*ctx*/) override { refuse("start"); }
  void stop(const Context& /*ctx*/) override { refuse("stop"); }
  void kill(const Context& /*ctx*/) override { refuse("kill"); }

  void restart(const Context& ctx) override {
    const bool no_check = find_env("DMACHINE_HOST_KEY_CHECK") == "no";
    const ssh::HostKeyPin pin{
        no_check ? std::string() : path_in_machine_folder(base_, "known_hosts"),
        base_.machine_name};
    const auto session = ssh::connect(ctx, endpoint(address(ctx)), pin);
    const auto result =
        session->run(ctx, base_.ssh_user == "root" ? "shutdown -r now" : "sudo shutdown -r now");
    // A host on its way down may hang up before it tells the exit status.
    if (!result.ok() && !result.lost()) {
      throw Error(Errc::unavailable, fmt::format("shutdown -r now: {}", trim(result.err)));
    }
  }

  std::string engine_url(const std::string& host) const override {
    return "tcp://" + join_host_port(host, engine_port_);
  }

  ssh::Endpoint endpoint(const std::string& host) const override {
    return {host, ssh_port(), base_.ssh_user, base_.ssh_key_path};
  }

  Json to_json() const override {
    Json object = dmachine::to_json(base_);
    object["EnginePort"] = engine_port_;
    object["SSHKey"] = user_key_;
    return keep_unknown(std::move(object), original_);
  }

 private:
  int ssh_port() const { return base_.ssh_port == 0 ? 22 : base_.ssh_port; }

  BaseState base_;
  int engine_port_;
  std::string user_key_;
  Json original_;
};

int port_option(const OptionValues& values, std::string_view flag) {
  const auto port = values.integer(flag);
  if (port < 1 || port > 65535) {
    throw Error(Errc::invalid, fmt::format("invalid value \"{}\" for {}: not a port (1 to 65535)",
                                           port, values.name_with_origin(flag)));
  }
  return static_cast<int>(port);
}

std::unique_ptr<Driver> from_options(const MachineIdentity& machine, const OptionValues& values,
                                     const SwarmFacts& /*swarm*/) {
  BaseState base;
  base.machine_name = machine.name;
  base.store_path = machine.store_path;
  base.ip_address = values.text("generic-ip-address");
  base.ssh_user = values.text("generic-ssh-user");
  base.ssh_port = port_option(values, "generic-ssh-port");
  if (base.ip_address.empty()) {
    throw Error(Errc::invalid, "generic driver requires the --generic-ip-address option");
  }
  return std::make_unique<GenericDriver>(std::move(base),
                                         port_option(values, "generic-engine-port"),
                                         values.text("generic-ssh-key"), Json::object());
}

std::unique_ptr<Driver> from_json(const Json& object) {
  const JsonFields fields(object, "Driver");
  // The reference's own default stands in the object before it is filled from the file.
  const int engine_port = fields.is_null("EnginePort") ? 2376 : fields.small_integer("EnginePort");
  return std::make_unique<GenericDriver>(parse_base_state(object), engine_port,
                                         fields.text("SSHKey"), object);
}

}  // namespace

const DriverType type{"generic",  options, &from_options,
                      &from_json, nullptr, "a host that is there already, by SSH"};

}  // namespace dmachine::generic
