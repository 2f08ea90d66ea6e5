// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// One DescribeInstances for up to 200 machines of an account and region.
#include "core/parallel.hpp"
#include "drivers/amazonec2/api_error.hpp"
#include "drivers/amazonec2/driver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace dmachine::amazonec2 {

namespace {

/// As many values as EC2 takes for a filter.
constexpr std::size_t most_ids = 200;

struct Batch {
  AccessKey key;
  std::vector<std::size_t> indices;
  std::vector<std::string> ids;
};

StateAnswer answer_for(const Amazonec2Driver& machine, const Instance& instance) {
  StateAnswer answer{state_of(instance), std::string(), {}};
  if (!instance.has_ended()) {
    answer.address = machine.address_of(instance);
  }
  if (answer.state == State::error) {
    answer.error = instance.reason();
    std::replace(answer.error.begin(), answer.error.end(), '\n', ' ');
  }
  return answer;
}

StateAnswer failure(const Error& error) {
  return {State::error, std::nullopt, one_line(error)};
}

void ask(const Context& ctx, const Services& services, const Batch& batch,
         std::span<Driver* const> machines, std::vector<StateAnswer>& answers) {
  try {
    const auto access = services.access(services, batch.key);
    std::map<std::string, Instance> found;
    for (auto& instance : access->client().instances(ctx, {{"instance-id", batch.ids}})) {
      found.try_emplace(instance.id, instance);
    }
    for (std::size_t i = 0; i < batch.ids.size(); ++i) {
      const auto at = found.find(batch.ids[i]);
      const auto index = batch.indices[i];
      if (at != found.end()) {
        answers[index] =
            answer_for(static_cast<const Amazonec2Driver&>(*machines[index]), at->second);
      }
    }
  } catch (const Error& error) {
    for (const auto index : batch.indices) {
      answers[index] = failure(error);
    }
  }
}

}  // namespace

std::vector<StateAnswer> states_of(const Context& ctx, std::span<Driver* const> machines,
                                   const Services& services) {
  std::vector<StateAnswer> answers(machines.size());
  std::vector<Batch> batches;
  std::map<std::string, std::size_t> open_batch;  // index by group of those that may share a call
  for (std::size_t i = 0; i < machines.size(); ++i) {
    const auto& state = static_cast<const Amazonec2Driver&>(*machines[i]).stored();
    if (state.instance_id.empty()) {
      answers[i] = {State::error, std::nullopt,
                    "Missing instance ID, this is likely due to a failure during machine creation"};
      continue;
    }
    try {
      AccessKey key = access_key(state, services);
      const auto [at, is_new] = open_batch.try_emplace(key.group(), batches.size());
      if (is_new || batches[at->second].ids.size() == most_ids) {
        at->second = batches.size();
        batches.push_back({std::move(key), {}, {}});
      }
      batches[at->second].indices.push_back(i);
      batches[at->second].ids.push_back(state.instance_id);
    } catch (const Error& error) {
      answers[i] = failure(error);
    }
  }
  // Each batch writes to its own machines' answers.
  parallel_map(batches, services.threads, [&](const Batch& batch) {
    ask(ctx, services, batch, machines, answers);
    return true;
  });
  return answers;
}

}  // namespace dmachine::amazonec2
