// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// What can be refused before anything is made, and what the launch needs to know.
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "core/parallel.hpp"
#include "core/secret.hpp"
#include "core/text.hpp"
#include "drivers/amazonec2/api_error.hpp"
#include "drivers/amazonec2/driver.hpp"
#include "drivers/amazonec2/image.hpp"
#include "drivers/amazonec2/subnet.hpp"
#include "drivers/amazonec2/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace dmachine::amazonec2 {

namespace {

constexpr std::size_t most_user_data = 16 * 1024;

}  // namespace

void Amazonec2Driver::read_user_data() {
  if (state_.user_data_file.empty()) {
    return;
  }
  try {
    user_data_ = read_file(state_.user_data_file);
  } catch (const Error& error) {
    throw Error(error.code(),
                fmt::format("unable to read --amazonec2-userdata file: {}", error.what()));
  }
  if (user_data_.size() > most_user_data) {
    throw Error(Errc::invalid,
                fmt::format("--amazonec2-userdata: {} has {} bytes, but EC2 takes at most {}",
                            state_.user_data_file, user_data_.size(), most_user_data));
  }
}

void Amazonec2Driver::check_key_files() {
  const std::string& path = state_.ssh_private_key_path;
  if (path.empty()) {
    return;
  }
  std::string content = with_context("unable to create key pair", [&] { return read_file(path); });
  const bool is_private = content.find("PRIVATE KEY-----") != std::string::npos;
  wipe(content);
  if (!is_private) {
    throw Error(Errc::invalid,
                fmt::format("--amazonec2-ssh-keypath: {} is not a private key", go_quote(path)));
  }
}

void Amazonec2Driver::check_key_pair(const Context& ctx) {
  try {
    if (client(ctx).has_key_pair(ctx, state_.key_name)) {
      return;
    }
  } catch (const ApiError& error) {
    ctx.check();
    if (error.api_code() != "UnauthorizedOperation") {
      throw;
    }
    log::debug("looking at the key pair: {}", error.what());
    return;
  }
  throw Error(Errc::not_found,
              fmt::format("There is no keypair with the name {}. Please verify the key name "
                          "provided.",
                          state_.key_name));
}

void Amazonec2Driver::take_subnet(const Subnet& subnet) {
  state_.subnet_id = subnet.id;
  state_.vpc_id = subnet.vpc_id;
  if (!subnet.zone.empty()) {
    state_.zone = zone_letter(state_.region, subnet.zone, !state_.endpoint.empty());
  }
}

void Amazonec2Driver::take_image(const std::optional<Image>& image) {
  if (!image) {
    return;
  }
  state_.ami = image->id;
  const std::string& root = image->root_device;
  if (!state_.choices.device_given && !root.empty()) {
    state_.device_name = root;
  } else if (!root.empty() && root != state_.device_name) {
    log::warn("({}) The root device of {} is {}, not {}: the instance gets a second disk", name(),
              image->id, root, state_.device_name);
  }
  const auto volume = std::ranges::find(image->volumes, state_.device_name, &Volume::device);
  if (volume == image->volumes.end() || volume->size_gib <= state_.root_size) {
    return;
  }
  if (state_.choices.root_size_given) {
    throw Error(Errc::invalid,
                fmt::format("--amazonec2-root-size is {} GiB, but image {} needs {} GiB",
                            state_.root_size, image->id, volume->size_gib));
  }
  state_.root_size = volume->size_gib;
}

void Amazonec2Driver::precheck(const Context& ctx) {
  read_user_data();
  check_key_files();
  Client& api = client(ctx);
  access_->find_keys(ctx);
  std::vector<std::function<void()>> looks{
      [&] { subnets_ = find_subnets(ctx, api, state_); },
      [&] { image_ = find_image(ctx, api, state_); },
  };
  if (state_.existing_key) {
    looks.emplace_back([&] { check_key_pair(ctx); });
  }
  parallel_map(looks, services_.threads, [](const auto& look) {
    look();
    return true;
  });
  take_subnet(subnets_.front());
  take_image(image_);
}

}  // namespace dmachine::amazonec2
