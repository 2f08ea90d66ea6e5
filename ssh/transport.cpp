// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "ssh/transport.hpp"

#include "core/log.hpp"
#include "core/text.hpp"
#include "ssh/tcp.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <mutex>

namespace dmachine::ssh {

namespace {

void init_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (libssh2_init(0) != 0) {
      throw Error(Errc::internal, "libssh2 cannot be initialised");
    }
  });
}

/// Throws what a failed call before the login is done means to the caller.
[[noreturn]] void throw_login_error(int code, const std::string& text) {
  switch (code) {
    case LIBSSH2_ERROR_KEX_FAILURE:
    case LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE:
    case LIBSSH2_ERROR_METHOD_NOT_SUPPORTED:
      throw NoCommonAlgorithm(fmt::format("no common algorithm: {}", text));
    case LIBSSH2_ERROR_HOSTKEY_INIT:
    case LIBSSH2_ERROR_HOSTKEY_SIGN:
      throw Error(Errc::invalid, fmt::format("the host does not prove its key: {}", text));
    case LIBSSH2_ERROR_ALLOC:
    case LIBSSH2_ERROR_BAD_USE:
      throw Error(Errc::internal, text);
    default:  // reset, closed, no banner, nonsense: a host that is not up yet does all of these
      throw Error(Errc::unavailable, text);
  }
}

/// One limit for a part of the login, named when it passes.
template <typename Work>
auto limited(const Context& ctx, Duration limit, const char* doing, Work&& work) {
  try {
    return work(ctx.within(limit));
  } catch (const NoCommonAlgorithm&) {
    throw;  // must stay what it is
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("{}: {}", doing, error.what()), error.hint());
  }
}

/// The algorithms of this libssh2, as a list. Names it does not know must not be handed to
/// libssh2_session_method_pref: it takes them out by a memcpy of overlapping memory.
std::string known_to_libssh2(LIBSSH2_SESSION* session, std::vector<std::string> wanted) {
  const char** supported = nullptr;
  const int count = libssh2_session_supported_algs(session, LIBSSH2_METHOD_HOSTKEY, &supported);
  const char** const end = supported + std::max(count, 0);
  wanted.erase(std::remove_if(
                   wanted.begin(), wanted.end(),
                   [&](const std::string& name) { return std::find(supported, end, name) == end; }),
               wanted.end());
  if (supported != nullptr) {
    libssh2_free(session, supported);
  }
  return join(wanted, ",");
}

struct Signing {
  const Identity* identity;
  std::exception_ptr failure;
};

/// libssh2 asks for a signature. No exception may pass through its C code.
int sign_callback(LIBSSH2_SESSION* /*session*/, unsigned char** signature, std::size_t* size,
                  const unsigned char* data, std::size_t data_size, void** abstract) {
  auto* signing = static_cast<Signing*>(*abstract);
  try {
    const auto bytes = signing->identity->sign({reinterpret_cast<const char*>(data), data_size});
    auto* copy = static_cast<unsigned char*>(std::malloc(bytes.size()));  // libssh2 frees it
    if (copy == nullptr) {
      return -1;
    }
    std::copy(bytes.begin(), bytes.end(), copy);
    *signature = copy;
    *size = bytes.size();
    return 0;
  } catch (...) {
    signing->failure = std::current_exception();
    return -1;
  }
}

std::vector<Identity> identities_for(const Endpoint& endpoint) {
  if (!endpoint.key.empty()) {
    return identities_of(PrivateKey::load(endpoint.key));
  }
  auto identities = identities_of_agent();
  if (identities.empty()) {
    throw Error(Errc::invalid, "no key: the machine has none and no SSH agent offers one");
  }
  return identities;
}

bool only_rsa(const std::vector<HostKey>& pinned) {
  return !pinned.empty() && std::all_of(pinned.begin(), pinned.end(),
                                        [](const HostKey& key) { return key.type == "ssh-rsa"; });
}

}  // namespace

NoCommonAlgorithm::NoCommonAlgorithm(const std::string& message)
    : Error(Errc::invalid, message,
            fmt::format("libssh2 {} has no algorithm this server accepts{}; install an ssh client",
                        libssh2_version(0),
                        LIBSSH2_VERSION_NUM < 0x010b00 ? " (it cannot use an RSA host key)" : "")) {
}

void Transport::FreeSession::operator()(LIBSSH2_SESSION* session) const {
  // The socket is shut down: nothing here waits for the host, and each try closes at least one
  // channel.
  for (int i = 0; i < 100 && libssh2_session_free(session) == LIBSSH2_ERROR_EAGAIN; ++i) {
  }
}

Transport::Transport(const Context& ctx, const Endpoint& endpoint, const HostKeyPin& pin,
                     const LoginLimits& limits) {
  init_library();
  const auto identities = identities_for(endpoint);
  const auto pinned = load_pinned(pin);
  if (LIBSSH2_VERSION_NUM < 0x010b00 && only_rsa(pinned)) {
    throw NoCommonAlgorithm("the host is known by an RSA key");
  }
  socket_ = limited(ctx, limits.tcp, "connecting", [&](const Context& limit) {
    return connect_tcp(limit, endpoint.host, endpoint.port);
  });
  session_.reset(libssh2_session_init());
  if (!session_) {
    throw Error(Errc::internal, "libssh2 cannot make a session");
  }
  libssh2_session_set_blocking(session_.get(), 0);
  limited(ctx, limits.handshake, "SSH handshake",
          [&](const Context& limit) { handshake(limit, pinned); });
  const auto shown = host_key();
  check_host_key(pin, pinned, shown);
  limited(ctx, limits.login, "logging in",
          [&](const Context& limit) { log_in(limit, endpoint, identities); });
  if (pinned.empty() && !pin.known_hosts.empty()) {
    save_pinned(pin, {shown});
  }
}

Transport::~Transport() {
  if (established_) {
    // One try, without waiting: a host that is gone must not hold us up.
    libssh2_session_disconnect(session_.get(), "done");
  }
  if (socket_) {
    shutdown(socket_.get(), SHUT_RDWR);
  }
}

std::string Transport::last_error() const {
  char* text = nullptr;
  const int code = libssh2_session_last_error(session_.get(), &text, nullptr, 0);
  return fmt::format("{} ({})", text != nullptr ? text : "unknown", code);
}

bool Transport::waits_to_send() const {
  return (libssh2_session_block_directions(session_.get()) & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0;
}

short Transport::wanted_events() const {
  const int directions = libssh2_session_block_directions(session_.get());
  int events = 0;
  if ((directions & LIBSSH2_SESSION_BLOCK_INBOUND) != 0 || directions == 0) {
    events |= POLLIN;
  }
  if ((directions & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0) {
    events |= POLLOUT;
  }
  return static_cast<short>(events);
}

void Transport::wait(const Context& ctx) const {
  // The limit covers the cases where libssh2 does not know what it waits for.
  const bool unsure = libssh2_session_block_directions(session_.get()) == 0;
  ctx.wait_fd(socket_.get(), wanted_events(), unsure ? Duration(100) : Duration(60'000));
}

void Transport::handshake(const Context& ctx, const std::vector<HostKey>& pinned) {
  const auto order = known_to_libssh2(session_.get(), host_key_preference(pinned));
  libssh2_session_method_pref(session_.get(), LIBSSH2_METHOD_HOSTKEY, order.c_str());
  const int code =
      complete(ctx, [&] { return libssh2_session_handshake(session_.get(), socket_.get()); });
  if (code != 0) {
    throw_login_error(code, last_error());
  }
  established_ = true;
  const auto method = [&](int kind) {
    const char* name = libssh2_session_methods(session_.get(), kind);
    return name != nullptr ? name : "?";
  };
  log::debug("SSH server {}: {}, {}, {}", libssh2_session_banner_get(session_.get()),
             method(LIBSSH2_METHOD_KEX), method(LIBSSH2_METHOD_HOSTKEY),
             method(LIBSSH2_METHOD_CRYPT_CS));
}

HostKey Transport::host_key() const {
  std::size_t size = 0;
  int type = 0;
  const char* blob = libssh2_session_hostkey(session_.get(), &size, &type);
  if (blob == nullptr) {
    throw Error(Errc::internal, "libssh2 gives no host key");
  }
  return parse_host_key({blob, size});
}

bool Transport::try_identity(const Context& ctx, const std::string& user,
                             const Identity& identity) {
  Signing signing{&identity, nullptr};
  void* abstract = &signing;
  const int code = complete(ctx, [&] {
    return libssh2_userauth_publickey(session_.get(), user.c_str(),
                                      reinterpret_cast<const unsigned char*>(identity.blob.data()),
                                      identity.blob.size(), sign_callback, &abstract);
  });
  if (signing.failure) {
    std::rethrow_exception(signing.failure);
  }
  log::debug("SSH login as {} by {}: {}", user, identity.algorithm,
             code == 0 ? "accepted" : last_error());
  if (code == 0) {
    return true;
  }
  const auto text = last_error();
  // libssh2 reports a connection lost while waiting for the verdict as a refused key.
  if (text.starts_with("Waiting for") ||
      (code != LIBSSH2_ERROR_AUTHENTICATION_FAILED && code != LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED)) {
    throw_login_error(code, text);
  }
  return false;
}

void Transport::log_in(const Context& ctx, const Endpoint& endpoint,
                       const std::vector<Identity>& identities) {
  for (const auto& identity : identities) {
    if (try_identity(ctx, endpoint.user, identity)) {
      return;
    }
  }
  throw Error(Errc::denied,
              fmt::format("the host does not accept {} for user {}",
                          endpoint.key.empty() ? "any key of the SSH agent"
                                               : fmt::format("the key {}", endpoint.key.string()),
                          endpoint.user));
}

}  // namespace dmachine::ssh
