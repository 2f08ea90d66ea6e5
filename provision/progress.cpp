// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "provision/progress.hpp"

#include "core/log.hpp"
#include "core/text.hpp"
#include "core/work.hpp"
#include "provision/redact.hpp"

#include <array>

namespace dmachine::provision {
namespace {

constexpr std::size_t tail_limit = 4096;

struct Phase {
  std::string_view name;
  std::array<std::string_view, 2> lines;  // printed when it begins
  std::string_view failing;               // begins its errors
};

// Order and texts of the reference (provision.md sections 4 and 5).
constexpr std::array<Phase, 12> phases{{
    {"turn", {}, "waiting for another provisioning of the host"},
    {"cloud-init", {}, "waiting for cloud-init"},
    {"hostname", {}, "setting the hostname"},
    {"install", {"Installing Docker..."}, "error installing docker"},
    {"check", {}, "the Docker daemon does not take its options"},
    {"certs",
     {"Copying certs to the local machine directory...", "Copying certs to the remote machine..."},
     "copying certs to the host"},
    {"config",
     {"Setting Docker configuration on the remote daemon..."},
     "setting Docker configuration"},
    {"firewall", {}, "opening the engine's port in the host's firewall"},
    {"engine", {}, "Unable to verify the Docker daemon is listening"},
    {"swarm", {"Configuring swarm..."}, ""},
    {"upgrade", {"Upgrading docker..."}, "error upgrading docker"},
    {"restart", {"Restarting docker..."}, "error restarting docker"},
}};

const Phase* find_phase(std::string_view name) {
  for (const auto& phase : phases) {
    if (phase.name == name) {
      return &phase;
    }
  }
  return nullptr;
}

}  // namespace

Progress::Progress(std::string mark, AnnouncesInstall announces_install,
                   std::vector<std::string> variables, std::set<std::string>& told)
    : mark_(std::move(mark)),
      announces_install_(announces_install),
      variables_(std::move(variables)),
      told_(told) {}

void Progress::feed(std::string_view piece) {
  partial_ += piece;
  std::size_t begin = 0;
  for (auto end = partial_.find('\n'); end != std::string::npos; end = partial_.find('\n', begin)) {
    line(std::string_view(partial_).substr(begin, end - begin));
    begin = end + 1;
  }
  partial_.erase(0, begin);
  if (partial_.size() > tail_limit) {  // a progress bar, say
    line(partial_);
    partial_.clear();
  }
}

void Progress::line(std::string_view text) {
  if (text.size() > mark_.size() && text.substr(0, mark_.size()) == mark_ &&
      text[mark_.size()] == ' ') {
    const std::string_view rest = text.substr(mark_.size() + 1);
    const auto blank = std::min(rest.find(' '), rest.size());
    on_mark(rest.substr(0, blank), rest.substr(std::min(blank + 1, rest.size())));
    return;
  }
  log::debug("{}: {}", phase_, redact(std::string(text), variables_));
  tail_ += text;
  tail_ += '\n';
  if (tail_.size() > 2 * tail_limit) {
    tail_.erase(0, tail_.size() - tail_limit);
  }
}

void Progress::on_mark(std::string_view word, std::string_view rest) {
  begun_ = true;
  if (word == "phase") {
    begin_phase(rest);
  } else if (word == "changed") {
    changed_ = true;
    log::debug("{}: {} changed", phase_, rest);
  } else if (word == "restarted") {
    changed_ = restarted_ = true;
    log::debug("{}: the Docker daemon was told to restart", phase_);
  } else if (word == "warn") {
    log::warn(rest);
  } else if (word == "fail") {
    cause_ = rest;
  } else if (word == "end") {
    begin_phase("");
    ended_ = true;
  }
}

void Progress::begin_phase(std::string_view name) {
  const auto now = Clock::now();
  if (!phase_.empty()) {
    const auto took = std::chrono::duration_cast<Duration>(now - phase_began_);
    log::debug("{}: took {} ms", phase_, took.count());
    add_time("provision: " + phase_, took);
  }
  phase_ = name;
  phase_began_ = now;
  tail_.clear();
  const Phase* phase = find_phase(name);
  if (phase == nullptr || (name == "install" && announces_install_ == AnnouncesInstall::no) ||
      !told_.insert(phase_).second) {
    return;
  }
  for (const auto text : phase->lines) {
    if (!text.empty()) {
      log::info(text);
    }
  }
}

std::string Progress::failure(const std::string& cause) const {
  const Phase* phase = find_phase(phase_);
  std::string text = phase == nullptr ? phase_ : std::string(phase->failing);
  const std::string why = cause_.empty() ? cause : cause_;
  text += text.empty() || why.empty() ? why : ": " + why;

  std::string tail = tail_ + partial_;
  if (tail.size() > tail_limit) {
    tail.erase(0, tail.size() - tail_limit);
    tail.erase(0, tail.find('\n') + 1);  // no half line; npos + 1 is 0
  }
  const std::string last_lines = redact(std::string(trim(tail)), variables_);
  return last_lines.empty() ? text : text + ":\n" + last_lines;
}

}  // namespace dmachine::provision
