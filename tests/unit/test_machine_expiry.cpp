// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#include "machine/expiry.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/certs_support.hpp"

using namespace dmachine;
using namespace dmachine::test;
using machine::Expiry;
using std::chrono::hours;

namespace {

constexpr hours lifetime{24 * 1080};

/// A store of one machine, everything made at `begin`.
struct Site {
  explicit Site(std::chrono::sys_seconds begin) : ca(make_ca("alice", next_key(), begin)) {
    auth.ca_cert_path = folder.files.ca_cert.string();
    auth.client_cert_path = folder.files.client_cert.string();
    auth.store_path = (folder.store / "machines/m").string();
    auth.server_cert_path = auth.store_path + "/server.pem";
    save(ca, folder.files.ca_cert, folder.files.ca_key);
    save(make_leaf(certs::Profile::client, "alice.<bootstrap>", ca, {}, begin),
         folder.files.client_cert, folder.files.client_key);
    save(make_leaf(certs::Profile::server, "alice.m", ca, {"10.0.0.1"}, begin),
         auth.server_cert_path, auth.store_path + "/server-key.pem");
  }
  CertsFolder folder;
  Made ca;
  certs::AuthOptions auth;
};

}  // namespace

TEST_CASE("certificates are told from thirty days before their end, and as ended after it") {
  const auto begin = certs::current_time();
  const Site site(begin);
  // Certificates begin five minutes before they are made.
  const auto end = begin + lifetime;
  CHECK(machine::ExpiryLook(end - certs::soon - hours(1)).at(site.auth).empty());
  const auto soon = machine::ExpiryLook(end - certs::soon + hours(1)).at(site.auth);
  REQUIRE(soon.size() == 3);
  CHECK(soon[0].kind == Expiry::Kind::authority);
  CHECK(soon[1].kind == Expiry::Kind::client);
  CHECK(soon[2].kind == Expiry::Kind::server);
  for (const Expiry& one : soon) {
    CHECK_FALSE(one.has_ended);
    CHECK(one.own);
  }
  for (const Expiry& one : machine::ExpiryLook(end + hours(1)).at(site.auth)) {
    CHECK(one.has_ended);
  }
  CHECK_FALSE(machine::has_ended_authority(site.auth));
}

TEST_CASE("a machine's copy counts only where it is another than the shared one") {
  const auto begin = certs::current_time();
  const Site site(begin);
  const std::filesystem::path copy = site.auth.store_path + "/cert.pem";
  write_file(copy, read_file(site.auth.client_cert_path), 0644);
  CHECK(machine::ExpiryLook().at(site.auth).empty());
  write_file(copy,
             make_leaf(certs::Profile::client, "alice.<bootstrap>", site.ca, {}, long_ago()).pem(),
             0644);
  const auto found = machine::ExpiryLook().at(site.auth);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Expiry::Kind::copy);
  CHECK(found[0].path == copy);
  CHECK(found[0].has_ended);
  CHECK_FALSE(machine::has_ended_authority(site.auth));
}

TEST_CASE("files that are missing or no certificates are passed over") {
  const Site site(long_ago());
  CHECK(machine::has_ended_authority(site.auth));
  std::filesystem::remove(site.auth.ca_cert_path);
  write_file(site.auth.client_cert_path, "junk", 0644);
  std::filesystem::remove(site.auth.server_cert_path);
  CHECK(machine::ExpiryLook().at(site.auth).empty());
  CHECK_FALSE(machine::has_ended_authority(site.auth));
  CHECK(machine::ExpiryLook().at({}).empty());
}
