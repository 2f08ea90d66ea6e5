// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "drivers/amazonec2/image.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "drivers/amazonec2/api_error.hpp"
#include "drivers/amazonec2/endpoint.hpp"
#include "drivers/amazonec2/subnet.hpp"
#include "drivers/amazonec2/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

namespace dmachine::amazonec2 {

namespace {

/// LTS releases by the years that they come in; the newest that is published is taken.
constexpr std::array<std::string_view, 6> releases{"22.04", "24.04", "26.04",
                                                   "28.04", "30.04", "32.04"};

/// `24.04` of an image's name, or nothing.
std::string release_of(const Image& image) {
  const auto found = std::ranges::find_if(releases, [&](std::string_view release) {
    return image.name.find(fmt::format("-{}-", release)) != std::string::npos;
  });
  return found == releases.end() ? std::string() : std::string(*found);
}

/// All that the type runs. Asked of EC2 where its name does not tell.
std::vector<std::string> architectures_of(const Context& ctx, Client& client,
                                          const std::string& instance_type) {
  if (const auto known = architecture_of(instance_type)) {
    return {*known};
  }
  auto all = client.architectures(ctx, instance_type);
  if (all.empty()) {
    throw Error(Errc::invalid, fmt::format("instance type {} is not known in region {}",
                                           go_quote(instance_type), client.region()));
  }
  return all;
}

/// The one image serves all types that may be tried.
std::string common_architecture(const Context& ctx, Client& client, const StoredState& state) {
  std::vector<std::string> common;
  for (const auto& type : types_of(state)) {
    const auto all = architectures_of(ctx, client, type);
    if (type == state.instance_type) {
      common = all;
    }
    std::erase_if(common,
                  [&](const auto& one) { return std::ranges::find(all, one) == all.end(); });
    if (common.empty()) {
      throw Error(Errc::invalid,
                  fmt::format("instance types {} and {} are of different architectures",
                              state.instance_type, type),
                  "one image is used for all of --amazonec2-instance-type");
    }
  }
  return std::ranges::find(common, "x86_64") != common.end() ? "x86_64" : common.front();
}

Image find_default(const Context& ctx, Client& client, const StoredState& state) {
  const std::string architecture = common_architecture(ctx, client, state);
  const std::string ubuntu_word = architecture == "x86_64" ? "amd64" : architecture;
  std::vector<std::string> names;
  for (const auto release : releases) {
    // hvm-ssd, and hvm-ssd-gp3 from 23.10 on.
    names.push_back(
        fmt::format("ubuntu/images/hvm-ssd*/ubuntu-*-{}-{}-server-*", release, ubuntu_word));
  }
  const auto images = client.images(ctx, std::string(canonical_account(state.region)),
                                    {{"name", names},
                                     {"architecture", {architecture}},
                                     {"state", {"available"}},
                                     {"virtualization-type", {"hvm"}},
                                     {"root-device-type", {"ebs"}}});
  const Image* newest = newest_lts(images);
  if (newest == nullptr) {
    throw Error(Errc::not_found,
                fmt::format("no image of Ubuntu LTS for {} was found in region {}", architecture,
                            state.region),
                "--amazonec2-ami names an image");
  }
  return *newest;
}

/// Told before anything is made; RunInstances would refuse it only after key and groups.
void check_architecture(const Context& ctx, Client& client, const std::string& instance_type,
                        const Image& image) {
  if (image.architecture.empty() || architecture_of(instance_type) == image.architecture) {
    return;
  }
  std::vector<std::string> all;
  try {
    all = client.architectures(ctx, instance_type);
  } catch (const ApiError& error) {
    ctx.check();
    if (error.code() == Errc::denied) {
      return;  // then RunInstances tells
    }
    throw;
  }
  if (!all.empty() && std::ranges::find(all, image.architecture) == all.end()) {
    throw Error(Errc::invalid,
                fmt::format("image {} is for {}, but instance type {} is for {}", image.id,
                            image.architecture, instance_type, join(all, ", ")));
  }
}

}  // namespace

const Image* newest_lts(const std::vector<Image>& images) {
  const Image* newest = nullptr;
  for (const auto& image : images) {
    const auto release = release_of(image);
    if (!release.empty() &&
        (newest == nullptr ||
         std::tuple(release, image.created) > std::tuple(release_of(*newest), newest->created))) {
      newest = &image;
    }
  }
  return newest;
}

std::optional<Image> find_image(const Context& ctx, Client& client, const StoredState& state) {
  if (state.ami.empty()) {
    try {
      return find_default(ctx, client, state);
    } catch (const ApiError& error) {
      throw Error(error.code(), fmt::format("finding the newest Ubuntu: {}", error.what()),
                  error.code() == Errc::denied ? "with --amazonec2-ami nothing is looked for"
                                               : error.hint());
    }
  }
  std::optional<Image> image;
  try {
    image = client.image(ctx, state.ami);
  } catch (const ApiError& error) {
    ctx.check();
    if (error.api_code() != "UnauthorizedOperation") {
      throw;
    }
    log::warn("({}) Not allowed to look at image {}, going on: its root device is taken to be {}",
              state.base.machine_name, state.ami, state.device_name);
    return std::nullopt;
  }
  for (const auto& type : types_of(state)) {
    check_architecture(ctx, client, type, *image);
  }
  return image;
}

}  // namespace dmachine::amazonec2
