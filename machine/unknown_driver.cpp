// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/unknown_driver.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

namespace dmachine::machine {

namespace {

class UnknownDriver final : public Driver {
 public:
  UnknownDriver(std::string name, Json stored)
      : name_(std::move(name)), stored_(std::move(stored)) {}

  void precheck(const Context&) override { fail(); }
  void create(const Context&, const Checkpoint&) override { fail(); }
  void remove(const Context&) override { fail(); }
  State state(const Context&) override { fail(); }
  std::string address(const Context&) override { fail(); }
  std::optional<std::string> stored_address() const override { return std::nullopt; }
  void start(const Context&) override { fail(); }
  void stop(const Context&) override { fail(); }
  void kill(const Context&) override { fail(); }
  ssh::Endpoint endpoint(const std::string&) const override { fail(); }
  Json to_json() const override { return stored_; }

 private:
  [[noreturn]] void fail() const {
    throw Error(
        Errc::not_found,
        fmt::format("Driver {} not found. Do you have the plugin binary accessible in your PATH?",
                    go_quote(name_)));
  }

  std::string name_;
  Json stored_;
};

}  // namespace

std::unique_ptr<Driver> make_unknown_driver(const std::string& driver_name, const Json& stored) {
  return std::make_unique<UnknownDriver>(driver_name, stored);
}

}  // namespace dmachine::machine
