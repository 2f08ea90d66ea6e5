// SPDX-FileCopyrightText: The dmachine authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace dmachine::ssh {

/// Makes an RSA 2048 pair: `private_key` (PKCS#1 PEM, 0600 from birth) and `private_key`.pub
/// (`ssh-rsa BASE64` + LF, 0600), as the reference does. A private key that is there is kept, and a
/// missing public file is made from it. Throws Error (`Error generating key pair: …`, `Error
/// writing keys to file(s): …`).
void ensure_key_pair(const std::filesystem::path& private_key);

/// The public key of a private key file in authorized_keys form without comment and newline.
/// PKCS#1, PKCS#8, SEC1 and OpenSSH private files. Throws Error{invalid} naming the file when it
/// cannot be read as a key.
std::string public_key_line(const std::filesystem::path& private_key);

}  // namespace dmachine::ssh
