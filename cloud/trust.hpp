// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace dmachine::cloud {

/// Which certificate authorities are trusted, in the terms of libcurl; empty parts are not set.
struct Trust {
  std::string file;     // a file of PEM certificates
  std::string folders;  // folders with names by OpenSSL's hash, separated by ':'
  std::string pem;      // certificates themselves; takes the place of `file`
  std::string note;     // what was asked for and could not be had, for the error that may follow
};

/// SSL_CERT_FILE and SSL_CERT_DIR as Go and OpenSSL read them: each replaces its part of the
/// system's trust, a file that cannot be read is passed over; folders need no names by hash. Else
/// the system's own: the places of Debian, Alpine, Fedora, RHEL, SUSE below `root`.
Trust find_trust(const std::string& root = "");

}  // namespace dmachine::cloud
