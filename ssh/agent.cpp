// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
// The agent's protocol instead of libssh2's client for it: version 1.10 of that asks for SHA-1
// signatures of RSA keys.
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "ssh/identity.hpp"
#include "ssh/wire.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace dmachine::ssh {

namespace {

enum : std::uint8_t {
  request_identities = 11,
  identities_answer = 12,
  sign_request = 13,
  sign_response = 14,
};

constexpr std::size_t longest_answer = 256U << 10U;  // as OpenSSH limits it

Fd connect_agent(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    throw Error(Errc::invalid, "the path in SSH_AUTH_SOCK is too long");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience{10, 0};  // an agent may ask its user before it signs
  if (!fd || setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
      connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw system_error("connecting to the SSH agent", errno);
  }
  return fd;
}

std::string read_exactly(int fd, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t at = 0; at < size;) {
    const auto got = recv(fd, bytes.data() + at, size - at, 0);
    if (got > 0) {
      at += static_cast<std::size_t>(got);
    } else if (got == 0 || errno != EINTR) {
      throw Error(Errc::unavailable, "the SSH agent does not answer");
    }
  }
  return bytes;
}

/// One request, one answer; a connection each, so that an agent that was restarted does not matter.
std::string ask(const std::string& socket_path, const std::string& request, std::uint8_t expected) {
  const Fd fd = connect_agent(socket_path);
  const auto framed = WireWriter().string(request).bytes();
  if (send(fd.get(), framed.data(), framed.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(framed.size())) {
    throw Error(Errc::unavailable, "the SSH agent does not take requests");
  }
  const auto size = WireReader(read_exactly(fd.get(), 4)).u32();
  if (size == 0 || size > longest_answer) {
    throw Error(Errc::invalid, "the SSH agent gave no valid answer");
  }
  std::string answer = read_exactly(fd.get(), size);
  if (static_cast<std::uint8_t>(answer[0]) != expected) {
    throw Error(Errc::denied, "the SSH agent refused");
  }
  return answer.substr(1);
}

std::string sign_by_agent(const std::string& socket_path, const std::string& blob,
                          const std::string& algorithm, std::string_view data) {
  const std::uint32_t flags = algorithm == "rsa-sha2-512" ? 4 : algorithm == "rsa-sha2-256" ? 2 : 0;
  const auto answer =
      ask(socket_path, WireWriter().u8(sign_request).string(blob).string(data).u32(flags).bytes(),
          sign_response);
  WireReader signature(WireReader(answer).string());
  if (signature.string() != algorithm) {
    throw Error(Errc::denied, "the SSH agent cannot sign by " + algorithm);
  }
  return std::string(signature.string());
}

/// The blob with another name in front.
std::string renamed(std::string_view blob, const std::string& algorithm) {
  WireReader reader(blob);
  const auto old_name = reader.string();
  return WireWriter().string(algorithm).bytes() + std::string(blob.substr(4 + old_name.size()));
}

bool is_usable(std::string_view type) {
  return type == "ssh-rsa" || type == "ssh-ed25519" || type.starts_with("ecdsa-sha2-nistp");
}

}  // namespace

std::vector<Identity> identities_of_agent() {
  const auto path = find_env("SSH_AUTH_SOCK");
  if (!path) {
    return {};
  }
  try {
    const auto answer = ask(*path, WireWriter().u8(request_identities).bytes(), identities_answer);
    WireReader reader(answer);
    std::vector<Identity> identities;
    for (auto left = reader.u32(); left > 0; --left) {
      const std::string blob(reader.string());
      reader.string();  // comment
      const auto type = WireReader(blob).string();
      if (!is_usable(type) || type.find('@') != std::string_view::npos) {
        continue;  // certificates and security keys
      }
      // Only the best one: each offer counts against the server's MaxAuthTries.
      const auto algorithm = signature_algorithms(type).front();
      identities.push_back({algorithm, renamed(blob, algorithm),
                            [path = *path, blob, algorithm](std::string_view data) {
                              return sign_by_agent(path, blob, algorithm, data);
                            }});
    }
    return identities;
  } catch (const Error& error) {
    log::debug("SSH agent: {}", error.what());
    return {};
  }
}

}  // namespace dmachine::ssh
