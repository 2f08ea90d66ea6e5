// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "certs/authority.hpp"
#include "certs/authority_pair.hpp"
#include "certs/certificate.hpp"
#include "certs/dates.hpp"
#include "certs/inspect.hpp"
#include "certs/pem.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <string_view>

namespace dmachine::certs {

namespace {

namespace fs = std::filesystem;

// Far longer than making two keys takes, however many others wait as well.
constexpr std::chrono::minutes lock_limit{2};

fs::path folder_of(const AuthorityFiles& files) {
  fs::path folder = files.folder.empty() ? files.client_cert.parent_path() : files.folder;
  return folder.has_filename() ? folder : folder.parent_path();  // without a slash at its end
}

[[noreturn]] void refuse_to_replace(const fs::path& path, const std::string& why) {
  throw Error(Errc::invalid, fmt::format("{}: {}", path.string(), why),
              "it was not made by this program, so it is left alone: put one there that fits");
}

bool lie_together(const AuthorityFiles& files) {
  return files.client_cert.parent_path() == files.ca_cert.parent_path();
}

/// Early only where the client certificate may be made anew as well.
bool is_due(const AuthorityFiles& files, const std::vector<CertPtr>& authorities, Renewal renewal) {
  return is_outdated(authorities) ||
         (renewal == Renewal::when_ending_soon && is_outdated(authorities, soon) &&
          is_own_authority(authorities.front().get()) && lie_together(files));
}

bool is_due(const ClientLook& client, Renewal renewal) {
  if (client.state == ClientLook::State::ending_soon) {
    return renewal == Renewal::when_ending_soon && client.own;
  }
  return client.state != ClientLook::State::fine;
}

bool is_complete(const AuthorityFiles& files, Renewal renewal) {
  const auto authorities = find_certificates(files.ca_cert);
  return authorities && !is_due(files, *authorities, renewal) &&
         !is_due(look_at_client(files, *authorities), renewal);
}

/// Work under the lock.
class Making {
 public:
  Making(const Context& ctx, const AuthorityFiles& files, const std::string& organization,
         Renewal renewal)
      : files_(files), organization_(organization), renewal_(renewal) {
    const fs::path folder = folder_of(files);
    with_context("creating machine certificate dir failed", [&] { ensure_folder(folder); });
    const fs::path lock_path =
        folder.parent_path() / fmt::format(".{}.lock", folder.filename().string());
    lock_.emplace(FileLock::acquire(ctx.within(lock_limit), lock_path));
    unfinished_key_ = read_file(lock_path);
  }

  void ensure_ca() {
    const auto found = find_certificates(files_.ca_cert);
    if (found && !is_due(files_, *found, renewal_)) {
      return;
    }
    if (!found) {
      refuse_strange_key(files_.ca_key, "certificate authority key already exists");
    } else {
      if (!is_own_authority(found->front().get())) {
        refuse_to_replace(files_.ca_cert, "certificate has expired");
      }
      log::info("CA certificate {} and needs to be regenerated",
                is_outdated(*found) ? "is outdated" : "ends soon");
      made_ca_anew_ = true;
    }
    log::info("Creating CA: {}", files_.ca_cert.string());
    with_context("generating CA certificate failed", [&] {
      const KeyPtr key = generate_key();
      const CertPtr certificate = make_certificate(
          {Profile::authority, organization_, key.get(), {}}, nullptr, current_time());
      save(files_.ca_cert, certificate.get(), files_.ca_key, key.get());
    });
    if (made_ca_anew_) {
      log::info(
          "Machines that were made before trust the old CA alone: run \"docker-machine "
          "regenerate-certs NAME\" for each");
    }
  }

  void ensure_client() {
    const auto authorities = find_certificates(files_.ca_cert);
    if (!authorities) {
      throw Error(Errc::conflict, fmt::format("{} has just been removed", files_.ca_cert.string()));
    }
    const ClientLook look = look_at_client(files_, *authorities);
    if (!is_due(look, renewal_)) {
      return;
    }
    if (look.state == ClientLook::State::missing) {
      refuse_strange_key(files_.client_key, "client key already exists");
    } else if (!look.own) {
      refuse_to_replace(files_.client_cert, look.why);
    } else if (look.state == ClientLook::State::misfit && !lie_together(files_)) {
      refuse_to_take_over(look.why);
    } else if (look.state == ClientLook::State::outdated) {
      log::info("Client certificate is outdated and needs to be regenerated");
    } else if (look.state == ClientLook::State::ending_soon) {
      log::info("Client certificate ends soon and needs to be regenerated");
    } else if (!made_ca_anew_) {
      log::warn("Client certificate {} does not fit CA {} ({}) and is made anew",
                files_.client_cert.string(), files_.ca_cert.string(), look.why);
    }
    log::info("Creating client certificate: {}", files_.client_cert.string());
    with_context("failure generating client certificate", [&] { make_client(); });
  }

 private:
  void make_client() {
    const Pair authority = load_authority(files_);
    refuse_unless_can_sign(authority.chain.front().get(), files_.ca_cert);
    const Issuer issuer{authority.chain.front().get(), authority.key.get()};
    const KeyPtr key = generate_key();
    const CertPtr certificate = make_certificate(
        {Profile::client, organization_ + std::string(client_suffix), key.get(), {}}, &issuer,
        current_time());
    save(files_.client_cert, certificate.get(), files_.client_key, key.get());
  }

  /// The user's own CA for one machine must not cost the others their client certificate.
  [[noreturn]] void refuse_to_take_over(const std::string& why) const {
    throw Error(
        Errc::invalid,
        fmt::format("client certificate {} does not verify under CA {}: {}",
                    files_.client_cert.string(), files_.ca_cert.string(), why),
        "machines of another CA may need it: give --tls-client-cert and --tls-client-key, too");
  }

  /// The reference refuses to overwrite a key without a certificate. One that a killed run of ours
  /// left is no loss.
  void refuse_strange_key(const fs::path& key, const char* text) const {
    if (fs::exists(fs::symlink_status(key)) && unfinished_key_ != key.string()) {
      throw Error(
          Errc::conflict, text,
          fmt::format("its certificate is missing: put it back, or move {} away", key.string()));
    }
  }

  /// Key first: the certificate is the sign that both are there.
  void save(const fs::path& certificate_path, X509* certificate, const fs::path& key_path,
            EVP_PKEY* key) {
    refuse_missing_folder(certificate_path);
    refuse_missing_folder(key_path);
    lock_->write_note(key_path.string());
    write_file(key_path, to_pem(key).reveal(), 0600);
    write_file(certificate_path, to_pem(certificate), 0644);
    lock_->write_note("");
  }

  /// In the words of the reference, which makes only the certs folder itself.
  static void refuse_missing_folder(const fs::path& path) {
    if (path.has_parent_path() && !fs::exists(path.parent_path())) {
      throw system_error(fmt::format("open {}", path.string()), ENOENT);
    }
  }

  const AuthorityFiles& files_;
  const std::string& organization_;
  const Renewal renewal_;
  bool made_ca_anew_ = false;
  std::optional<FileLock> lock_;
  std::string unfinished_key_;  // what the last holder of the lock was about to write when it died
};

}  // namespace

std::string default_organization() {
  return find_env("USER").value_or("unknown");
}

void ensure_authority(const Context& ctx, const AuthorityFiles& files,
                      const std::string& organization, Renewal renewal) {
  if (is_complete(files, renewal)) {
    return;
  }
  Making making(ctx, files, organization, renewal);
  making.ensure_ca();
  making.ensure_client();
}

}  // namespace dmachine::certs
