// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// Provisions one host as told by a JSON file, for test_provision.py: `provision_probe
// REQUEST.json`. Progress on stdout, the error on stderr, figures in the request's file "report".
// "cut" names a phase at whose beginning the command "cut_command" is run, once.
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/json.hpp"
#include "core/log.hpp"
#include "core/process.hpp"
#include "provision/provision.hpp"

#include <chrono>
#include <iostream>

using namespace dmachine;

namespace {

std::string text(const Json& json, const char* key, const std::string& otherwise = "") {
  return json.contains(key) ? json[key].get<std::string>() : otherwise;
}

/// Counts the commands, and cuts the connection (or us) when told to.
class Watched : public ssh::Session {
 public:
  Watched(std::unique_ptr<ssh::Session> real, std::string cut, std::string cut_command)
      : real_(std::move(real)),
        cut_("phase " + std::move(cut) + "\n"),
        cut_command_(std::move(cut_command)) {}

  ssh::CommandResult run(const Context& ctx, const std::string& command, std::string_view input,
                         const ssh::OutputSink& on_out) override {
    ++commands;
    if (!on_out) {
      return real_->run(ctx, command, input);
    }
    std::string seen;
    return real_->run(ctx, command, input, [&](std::string_view piece) {
      on_out(piece);
      seen += piece;
      if (!cut_command_.empty() && seen.find(cut_) != std::string::npos) {
        run_child(ctx, {{"sh", "-c", std::exchange(cut_command_, "")}, ""});
      }
    });
  }

  void reconnect(const Context& ctx) override {
    ++reconnects;
    real_->reconnect(ctx);
  }

  const ssh::Endpoint& endpoint() const override { return real_->endpoint(); }

  int commands = 0;
  int reconnects = 0;

 private:
  std::unique_ptr<ssh::Session> real_;
  std::string cut_;
  std::string cut_command_;
};

provision::Material material(const Json& json) {
  return {read_file(text(json, "ca")), read_file(text(json, "server")),
          Secret(read_file(text(json, "server_key")))};
}

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

void provision_host(const Json& json) {
  log::set_debug(json.contains("debug"));
  const ssh::Endpoint endpoint{text(json, "host"), 22, text(json, "user"), text(json, "key")};
  const ssh::HostKeyPin pin{text(json, "known_hosts"), "probe"};
  provision::Request request;
  request.machine_name = text(json, "name");
  request.driver_name = "generic";
  request.engine = provision::parse_engine_options(json["engine"]);
  request.engine_port = json.value("port", 2376);
  request.limit = std::chrono::seconds(json.value("limit", 600));
  request.replace_certificates = json.contains("replace");
  int issued = 0;
  request.material = [&] {
    ++issued;
    return material(json);
  };
  if (json.contains("keep")) {
    request.current = material(json);
  }

  const Context ctx;
  auto began = Clock::now();
  Watched session(ssh::connect_when_ready(ctx.within(std::chrono::seconds(60)), endpoint, pin,
                                          [](const Context&) {}),
                  text(json, "cut"), text(json, "cut_command"));
  const double connecting = seconds_since(began);
  began = Clock::now();
  const auto outcome = provision::run(ctx, session, request, [](const std::string& provisioner) {
    log::info("Provisioning with {}...", provisioner);
  });
  const Json report{{"provisioner", outcome.provisioner},
                    {"changed", outcome.changed},
                    {"restarted", outcome.engine_restarted},
                    {"issued", issued},
                    {"commands", session.commands},
                    {"reconnects", session.reconnects},
                    {"connect_s", connecting},
                    {"run_s", seconds_since(began)}};
  write_file(text(json, "report"), report.dump(), 0644);
}

}  // namespace

int main(int argc, char* argv[]) {
  try {
    if (argc != 2) {
      throw Error(Errc::usage, "usage: provision_probe REQUEST.json");
    }
    provision_host(parse_json(read_file(argv[1])));
    return 0;
  } catch (const Error& error) {
    std::cerr << error.what() << '\n' << error.hint() << '\n';
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
  }
  return 1;
}
