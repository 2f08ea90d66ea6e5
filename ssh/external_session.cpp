// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/external_session.hpp"

#include "core/files.hpp"
#include "core/log.hpp"
#include "core/process.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "ssh/end_mark.hpp"
#include "ssh/external.hpp"
#include "ssh/known_hosts.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

namespace dmachine::ssh {

namespace {

constexpr int connection_failed = 255;  // ssh(1), EXIT STATUS
constexpr std::size_t output_limit = 64U << 20U;

std::string find_ssh() {
  if (auto program = find_program("ssh")) {
    return *std::move(program);
  }
  throw Error(Errc::not_found, "there is no ssh in PATH", "install an OpenSSH client");
}

/// A known_hosts file for a host seen for the first time: ssh would write down the key before the
/// login has succeeded.
class FirstContact {
 public:
  explicit FirstContact(const HostKeyPin& pin) : real_(pin), scratch_(pin) {
    if (!pin.known_hosts.empty() && load_pinned(pin).empty()) {
      scratch_.known_hosts += ".tmp" + random_hex(6);
      write_file(scratch_.known_hosts, "", 0600);
    }
  }
  FirstContact(const FirstContact&) = delete;
  FirstContact& operator=(const FirstContact&) = delete;
  ~FirstContact() {
    if (is_first()) {
      std::error_code ignored;
      std::filesystem::remove(scratch_.known_hosts, ignored);
      std::filesystem::remove(scratch_.known_hosts.string() + ".old", ignored);
    }
  }

  const HostKeyPin& pin() const { return scratch_; }
  void succeeded() const {
    if (const auto keys = is_first() ? load_pinned(scratch_) : std::vector<HostKey>();
        !keys.empty()) {
      save_pinned(real_, keys);
    }
  }

 private:
  bool is_first() const { return scratch_.known_hosts != real_.known_hosts; }

  HostKeyPin real_;
  HostKeyPin scratch_;
};

/// The last line that says something.
std::string last_line(std::string_view text) {
  text = trim(text);
  const auto at = text.rfind('\n');
  return std::string(trim(at == std::string_view::npos ? text : text.substr(at)));
}

std::string fingerprint_in(const std::string& messages) {
  const auto from = messages.find("SHA256:");
  if (from == std::string::npos) {
    return {};
  }
  const auto word = messages.substr(from, messages.find_first_of(" \r\n", from) - from);
  return word.substr(0, word.find_last_not_of('.') + 1);
}

bool has_any(const std::string& text, std::initializer_list<const char*> words) {
  for (const char* word : words) {
    if (text.find(word) != std::string::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace

Error external_error(const std::string& messages, const HostKeyPin& pin) {
  const std::string why = messages.empty() ? "ssh gave no reason" : last_line(messages);
  if (has_any(messages, {"IDENTIFICATION HAS CHANGED", "Host key verification failed",
                         "have requested strict checking"})) {
    const auto pinned = load_pinned(pin);
    const auto shown = fingerprint_in(messages);
    return host_key_mismatch(pin, pinned.empty() ? "none" : fingerprint(pinned.front()),
                             shown.empty() ? "another" : shown);
  }
  if (has_any(messages, {"Permission denied", "Too many authentication failures"})) {
    // A key that ssh could not use gets its own line before the refusal.
    return has_any(messages, {"UNPROTECTED PRIVATE KEY", "Load key"})
               ? Error(Errc::invalid, std::string(trim(messages)))
               : Error(Errc::denied, why);
  }
  if (has_any(messages, {"Unable to negotiate", "no matching", "Bad configuration option",
                         "no argument after keyword", "extra arguments"})) {
    return {Errc::invalid, why};
  }
  return {Errc::unavailable, why};
}

ExternalSession::ExternalSession(const Context& ctx, Endpoint endpoint, HostKeyPin pin)
    : program_(find_ssh()), endpoint_(std::move(endpoint)), pin_(std::move(pin)) {
  reconnect(ctx);
}

void ExternalSession::reconnect(const Context& ctx) {
  if (!endpoint_.key.empty()) {
    check_key_file(endpoint_.key);
  }
  const FirstContact contact(pin_);
  const auto result = run_pinned(ctx, contact.pin(), "exit 0", {}, {});
  if (result.lost()) {
    throw external_error(result.err, pin_);
  }
  if (!result.ok()) {
    throw Error(Errc::denied, fmt::format("the login runs no commands: {}, {}", describe(result),
                                          last_line(result.out + result.err)));
  }
  contact.succeeded();
}

CommandResult ExternalSession::run(const Context& ctx, const std::string& command,
                                   std::string_view input, const OutputSink& on_out) {
  log::debug("About to run SSH command:\n{}", command);
  auto result = run_pinned(ctx, pin_, command, input, on_out);
  log::debug("SSH command ended: {}, {} bytes of output, {} of errors", describe(result),
             result.out.size(), result.err.size());
  return result;
}

CommandResult ExternalSession::run_pinned(const Context& ctx, const HostKeyPin& pin,
                                          const std::string& command, std::string_view input,
                                          const OutputSink& on_out) const {
  const EndMark mark;
  auto child = run_child(ctx,
                         {.argv = session_argv(program_, endpoint_, pin, mark.wrap(command)),
                          .input = std::string(input),
                          .extra_env = {},
                          .on_out = on_out},
                         output_limit);
  CommandResult result{std::move(child.out), std::move(child.err), std::nullopt, {}};
  if (const auto status = mark.take(result.err)) {
    result.exit_status = *status;
  } else if (child.status.signal == 0 && child.status.code != 0 &&
             child.status.code != connection_failed) {
    result.exit_status = child.status.code;
  }
  return result;
}

std::string external_failure_reason(const Context& ctx, const Endpoint& endpoint,
                                    const HostKeyPin& pin) {
  try {
    const ExternalSession session(ctx.within(std::chrono::seconds(15)), endpoint, pin);
    return {};
  } catch (const Error& error) {
    return error.hint().empty() ? error.what() : fmt::format("{}; {}", error.what(), error.hint());
  }
}

}  // namespace dmachine::ssh
