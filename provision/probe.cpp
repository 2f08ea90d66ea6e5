// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "provision/probe.hpp"

#include "core/text.hpp"
#include "provision/scripts.hpp"

namespace dmachine::provision {

std::string probe_script(AskEngine ask, std::string_view data_root) {
  std::string text = "root=\ndata_root=" + shell_quote(data_root) + "\n";
  if (ask == AskEngine::yes) {
    text.append("ask_engine=yes\n").append(scripts::engine);
  } else {
    text += "ask_engine=no\n";
  }
  return text.append(scripts::probe);
}

Probe parse_probe(std::string_view output) {
  Probe probe;
  std::string os_release;
  for (const std::string& line : split(output, '\n')) {
    const std::string key = line.substr(0, line.find(' '));
    const std::string value = key.size() < line.size() ? line.substr(key.size() + 1) : "";
    if (key == "os") {
      probe.has_os_release = true;
      os_release += value + '\n';
    } else if (key == "uid") {
      probe.is_root = value == "0";
    } else if (key == "systemd") {
      probe.has_systemd = true;
    } else if (key == "engine") {
      probe.has_engine = true;
      probe.engine_version = value;
    } else if (key == "data-fs") {
      probe.data_fs = value;
    } else if (key == "daemon-json") {
      probe.daemon_json += value + '\n';
    } else if (line == "probe done") {
      probe.complete = true;
    }
  }
  probe.os = parse_os_release(os_release);
  return probe;
}

}  // namespace dmachine::provision
