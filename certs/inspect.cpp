// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "certs/inspect.hpp"

#include "certs/authority_pair.hpp"
#include "certs/dates.hpp"
#include "certs/organization.hpp"
#include "certs/pem.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/log.hpp"

#include <fmt/format.h>

namespace dmachine::certs {

namespace {

bool is_own_client(X509* certificate) {
  const auto organization = find_sole_organization(X509_get_subject_name(certificate));
  return organization && organization->size() >= client_suffix.size() &&
         organization->substr(organization->size() - client_suffix.size()) == client_suffix;
}

}  // namespace

std::optional<std::vector<CertPtr>> find_certificates(const std::filesystem::path& path) {
  const auto pem = find_file(path);
  if (!pem) {
    return std::nullopt;
  }
  auto certificates = parse_certificates(*pem);
  if (certificates.empty()) {
    throw Error(Errc::invalid, "Failed to decode PEM data",
                fmt::format("there is no certificate in {}", path.string()));
  }
  return certificates;
}

bool is_outdated(const std::vector<CertPtr>& certificates, std::chrono::seconds margin) {
  return current_time() + margin > end_of(certificates.front().get());
}

bool is_own_authority(X509* certificate) {
  return find_sole_organization(X509_get_subject_name(certificate)).has_value();
}

std::optional<Ending> find_ending(const std::filesystem::path& path) {
  try {
    const auto certificates = find_certificates(path);
    if (!certificates) {
      return std::nullopt;
    }
    X509* certificate = certificates->front().get();
    return Ending{end_of(certificate), is_own_authority(certificate) || is_own_client(certificate)};
  } catch (const Error& error) {
    log::debug("{}: {}", path.string(), error.what());
    return std::nullopt;
  }
}

ClientLook look_at_client(const AuthorityFiles& files, const std::vector<CertPtr>& authorities) {
  using State = ClientLook::State;
  const auto certificates = find_certificates(files.client_cert);
  if (!certificates) {
    return {State::missing, {}};
  }
  const bool own = is_own_client(certificates->front().get());
  if (is_outdated(*certificates)) {
    return {State::outdated, "certificate has expired", own};
  }
  try {
    const auto misfit = find_misfit(load_client(files), authorities);
    if (misfit) {
      return {State::misfit, *misfit, own};
    }
    return {is_outdated(*certificates, soon) ? State::ending_soon : State::fine, {}, own};
  } catch (const Error& error) {
    if (error.code() != Errc::not_found && error.code() != Errc::invalid) {
      throw;
    }
    return {State::misfit, error.what(), own};  // no key, or another's
  }
}

}  // namespace dmachine::certs
