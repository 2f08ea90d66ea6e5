// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "core/error.hpp"
#include "provision/daemon_json.hpp"
#include "provision/probe.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace dmachine;

/// Any bytes as what a host says of itself: the output of the probe, an os-release file, a
/// daemon.json.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  provision::parse_probe(text);
  provision::parse_os_release(text);
  try {
    provision::check_daemon_json(text, {"--dns=192.0.2.1", "--label", "a=b"});
  } catch (const Error&) {
  }
  return 0;
}
