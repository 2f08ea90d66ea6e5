// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/parallel.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace dmachine::test {

/// Machines FIRST … LAST of one store: make("m7") for each.
template <typename Make>
auto make_machines(int first, int last, const Make& make) {
  std::vector<decltype(make(std::string()))> machines;
  for (int i = first; i <= last; ++i) {
    machines.push_back(make("m" + std::to_string(i)));
  }
  return machines;
}

/// Does `work` to all machines at once, each on a thread of its own. Throws the first failure once
/// all have ended.
template <typename Machine, typename Work>
void side_by_side(const std::vector<std::unique_ptr<Machine>>& machines, const Work& work) {
  parallel_map(machines, machines.size(), [&](const auto& machine) {
    work(*machine);
    return true;
  });
}

/// How many of `calls` each machine made; machine_of(call) names it.
template <typename Call, typename MachineOf>
std::map<std::string, int> count_by_machine(const std::vector<Call>& calls,
                                            const MachineOf& machine_of) {
  std::map<std::string, int> counts;
  for (const auto& call : calls) {
    ++counts[machine_of(call)];
  }
  return counts;
}

}  // namespace dmachine::test
